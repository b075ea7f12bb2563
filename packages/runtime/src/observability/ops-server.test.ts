import { describe, expect, it } from 'vitest'
import { quiet } from '../../test/test-mesh.ts'
import { PortInUseError } from '../server/listen.ts'
import { Metrics } from './metrics.ts'
import { type ReadinessCheck, startOpsServer } from './ops-server.ts'

async function start(checks: readonly ReadinessCheck[] = [], port = 0) {
  const metrics = new Metrics()
  const server = await startOpsServer({ host: '127.0.0.1', port, metrics, checks, logger: quiet })
  const get = async (path: string, init?: RequestInit) => {
    const response = await fetch(`http://127.0.0.1:${server.port}${path}`, init)
    return { status: response.status, text: await response.text() }
  }
  return { metrics, server, get, [Symbol.asyncDispose]: () => server.close() }
}

describe('the ops endpoints', () => {
  it('are alive as long as the process answers, and ready when every check passes', async () => {
    let lease = { ok: false, detail: 'no lease yet' }
    await using ops = await start([
      { name: 'lease', check: () => lease },
      { name: 'database', check: async () => ({ ok: true, detail: 'answered in 1 ms' }) },
    ])
    expect(await ops.get('/livez')).toEqual({ status: 200, text: 'ok\n' })
    const missing = await ops.get('/readyz')
    expect(missing.status).toBe(503)
    expect(missing.text).toBe('[-] lease: no lease yet\n[+] database: answered in 1 ms\nnot ready\n')
    lease = { ok: true, detail: '2.4 s left' }
    expect(await ops.get('/readyz')).toEqual({ status: 200, text: 'ready\n' })
    expect((await ops.get('/readyz?verbose')).text).toContain('[+] lease: 2.4 s left')
  })

  it('count a check that throws as not ready, and say what it threw', async () => {
    await using ops = await start([
      {
        name: 'database',
        check: () => {
          throw new Error('connection refused')
        },
      },
    ])
    expect(await ops.get('/readyz')).toEqual({
      status: 503,
      text: '[-] database: connection refused\nnot ready\n',
    })
  })

  it('are not ready while draining, but alive', async () => {
    await using ops = await start()
    ops.server.setDraining()
    expect((await ops.get('/readyz')).status).toBe(503)
    expect((await ops.get('/livez')).status).toBe(200)
  })

  it('serve the metrics of the process under our prefix', async () => {
    await using ops = await start()
    ops.metrics.counter('events_total', 'Events', ['kind']).inc({ kind: 'message' }, 3)
    ops.metrics.counter('events_total', 'Events', ['kind']).inc({ kind: 'message' })
    const { text } = await ops.get('/metrics')
    expect(text).toContain('guildmesh_events_total{kind="message"} 4')
    expect(text).toContain('guildmesh_process_resident_memory_bytes')
  })

  it('answer nothing else', async () => {
    await using ops = await start()
    expect((await ops.get('/')).status).toBe(404)
    expect((await ops.get('/metrics', { method: 'POST' })).status).toBe(405)
  })

  it('say which variable to change if the port is taken', async () => {
    await using first = await start()
    const error: unknown = await start([], first.server.port).catch((caught: unknown) => caught)
    expect(error).toBeInstanceOf(PortInUseError)
    expect(String(error)).toContain(
      `Cannot listen on 127.0.0.1:${first.server.port}: another process is already listening there. Set OPS_PORT to a free port`,
    )
  })
})
