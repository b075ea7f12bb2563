import type { TestProject } from 'vitest/node'
import type { MeshPorts } from '../src/plan-mesh.ts'
import { startTestMesh } from './test-mesh.ts'

/** Where the shared mesh is, for tests in other processes. */
export interface SharedMesh {
  readonly url: string
  readonly simulatorUrl: string
  readonly operatorToken: string
  readonly stateDir: string
  readonly ports: MeshPorts
}

declare module 'vitest' {
  interface ProvidedContext {
    readonly mesh: SharedMesh
  }
}

/** Starts the mesh that most end-to-end tests share, and ends it after the last. */
export default async function shareMesh(project: TestProject): Promise<() => Promise<void>> {
  const started = await startTestMesh('shared', {
    discord: { kind: 'simulator', guilds: 36, rate: 0, seed: 1 },
  })
  const { url, simulatorUrl, operatorToken, stateDir, ports } = started.mesh
  if (simulatorUrl === null) throw new Error('the shared mesh runs against the simulator')
  project.provide('mesh', { url, simulatorUrl, operatorToken, stateDir, ports })
  return async () => {
    await started[Symbol.asyncDispose]()
  }
}
