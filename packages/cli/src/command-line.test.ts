import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import { secret, startFakeEdge } from '../test/fake-edge.ts'

const bin = fileURLToPath(new URL('../bin/guildmesh.mjs', import.meta.url))
const execute = promisify(execFile)

describe('the guildmesh command', () => {
  it('runs from a checkout as a process of its own: data on stdout, exit code 0', async () => {
    await using edge = await startFakeEdge()
    const { stdout, stderr } = await execute(process.execPath, [bin, 'gateway', 'list', '-o', 'name'], {
      env: { PATH: process.env['PATH'], GUILDMESH_URL: edge.url, GUILDMESH_TOKEN: secret },
    })
    expect({ stdout, stderr }).toEqual({ stdout: 'gateway-0\ngateway-1\n', stderr: '' })
  })

  it('passes its exit code on', async () => {
    const failed: unknown = await execute(process.execPath, [bin, 'status'], {
      env: { PATH: process.env['PATH'], GUILDMESH_URL: 'nowhere', HOME: '/nonexistent' },
    }).catch((error: unknown) => error)
    expect(failed).toMatchObject({ code: 2, stdout: '' })
  })
})
