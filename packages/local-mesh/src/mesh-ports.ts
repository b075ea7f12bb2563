import { randomInt } from 'node:crypto'
import { PortChooser } from './choose-port.ts'
import type { MeshPorts, ServicePorts } from './plan-mesh.ts'

export interface MeshSize {
  readonly configs: number
  readonly gateways: number
  readonly edges: number
}

/** Ports that are easy to remember. If one is taken, another is chosen. */
const preferred = {
  proxy: 3000,
  simulator: 4400,
  simulatorResume: 4401,
  configs: 3101,
  gateways: 3201,
  edges: 3301,
} as const

/**
 * Chooses free ports for a whole mesh.
 * @param memorable prefer ports that are the same from run to run; tests run side by side and take any
 */
export async function chooseMeshPorts(size: MeshSize, memorable: boolean): Promise<MeshPorts> {
  const chooser = new PortChooser(randomInt(2 ** 31))
  const choose = (port: number) => chooser.choose(memorable ? port : null)
  const chooseFor = async (count: number, first: number) => {
    const all: ServicePorts[] = []
    for (let at = 0; at < count; at++) {
      all.push({ serve: await choose(first + at), ops: await chooser.choose(null) })
    }
    return all
  }
  return {
    proxy: await choose(preferred.proxy),
    simulator: await choose(preferred.simulator),
    simulatorResume: await choose(preferred.simulatorResume),
    configs: await chooseFor(size.configs, preferred.configs),
    gateways: await chooseFor(size.gateways, preferred.gateways),
    edges: await chooseFor(size.edges, preferred.edges),
  }
}
