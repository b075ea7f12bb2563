import { generateKeyPairSync, sign } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { PortChooser } from '../src/choose-port.ts'
import { planServices } from '../src/plan-mesh.ts'
import { launchNode } from '../src/launch-node.ts'
import { probeHttp } from '../src/supervised-process.ts'
import type { SharedMesh } from './shared-mesh.ts'
import { until } from './until.ts'

/** An edge of the mesh whose Discord is the test itself: the test holds the key that signs interactions. */
export interface OwnEdge extends AsyncDisposable {
  readonly url: string
  /** The headers of a request with this body that Discord could have sent. */
  signed(body: string | Buffer): Record<string, string>
}

/** Starts one more edge from its bundle, beside those of the mesh. */
export async function startOwnEdge(mesh: SharedMesh): Promise<OwnEdge> {
  const keys = generateKeyPairSync('ed25519')
  const { x = '' } = keys.publicKey.export({ format: 'jwk' })
  const chooser = new PortChooser(process.pid)
  const ports = { serve: await chooser.choose(null), ops: await chooser.choose(null) }
  const spec = planServices({
    ports: { ...mesh.ports, edges: [ports] },
    databaseUrl: '',
    secrets: JSON.parse(readFileSync(join(mesh.stateDir, 'secrets.json'), 'utf8')),
    operatorToken: mesh.operatorToken,
    discord: {
      apiUrl: `${mesh.simulatorUrl}/api`,
      appId: '100000000000000001',
      token: 'unused',
      publicKey: Buffer.from(x, 'base64url').toString('hex'),
      clientSecret: 'unused',
      adminUserIds: [],
    },
    verbosity: 'normal',
    gatewayDatabase: () => '',
  }).find(({ kind }) => kind === 'edge')
  if (spec === undefined) throw new Error('the plan has no edge')
  const file = fileURLToPath(new URL('../../edge/dist/main.js', import.meta.url))
  const lines: string[] = []
  const launch = launchNode({ file, args: [], env: { ...spec.env, POD_NAME: 'edge-own' } })
  const running = await launch((line) => lines.push(line))
  await until(async () => {
    if (!(await probeHttp(spec.readyUrl)).ok) throw new Error(`the edge is not ready:\n${lines.join('\n')}`)
  }, 20_000)
  return {
    url: `http://127.0.0.1:${ports.serve}`,
    signed(body) {
      const timestamp = String(Math.floor(Date.now() / 1000))
      const signature = sign(
        null,
        Buffer.concat([Buffer.from(timestamp), Buffer.from(body)]),
        keys.privateKey,
      )
      return {
        'content-type': 'application/json',
        'x-signature-ed25519': signature.toString('hex'),
        'x-signature-timestamp': timestamp,
      }
    },
    async [Symbol.asyncDispose]() {
      running.signal('SIGTERM')
      await running.exited
    },
  }
}
