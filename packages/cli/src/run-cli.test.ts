import { createServer } from 'node:http'
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import {
  changes,
  guildCount,
  guildId,
  moveId,
  run,
  secret,
  startFakeEdge,
  tokenId,
} from '../test/fake-edge.ts'
import { exitCodes } from './exit-code.ts'

let edge: Awaited<ReturnType<typeof startFakeEdge>>
let env: NodeJS.ProcessEnv = {}
let home = ''

beforeAll(async () => {
  edge = await startFakeEdge()
  env = { GUILDMESH_URL: edge.url, GUILDMESH_TOKEN: secret }
  home = await mkdtemp(join(tmpdir(), 'guildmesh-cli-'))
})
beforeEach(() => changes.splice(0))
afterAll(async () => {
  await edge[Symbol.asyncDispose]()
  await rm(home, { recursive: true })
})

describe('guildmesh', () => {
  it('status: the mesh at a glance', async () => {
    const { code, out } = await run(['status'], { env })
    expect(code).toBe(exitCodes.ok)
    expect(out).toBe(
      'GATEWAYS    GUILDS  UNREACHABLE  SHARDS  OPEN MOVES  IMBALANCE  VERSION\n' +
        '1/2 active  1203    0            3/3     1           1.04       0.1.0\n',
    )
  })

  it('shard list: holders, sessions and what is parked', async () => {
    const { code, out } = await run(['shard', 'list'], { env })
    expect(code).toBe(exitCodes.ok)
    expect(out).toBe(
      'SHARD  HOLDER     EPOCH  SESSION  RESUMES FROM  PARKED            RENEWED\n' +
        '0      gateway-0  3      4        1042          0 in 0 guilds     0s ago\n' +
        '1      nobody     7      -        -             1204 in 2 guilds  -\n',
    )
  })

  it('shard losses: what nobody can send again, and what became of it', async () => {
    const { out } = await run(['shard', 'losses'], { env })
    expect(out).toBe(
      'LOSS  SHARD  GUILDS              NOTICED  REASON\n' +
        '2     1      34                  5m ago   Discord ended the session (op 9)\n' +
        `1     0      ${guildId(0)}  1d ago   no gateway holds the missing events any more\n`,
    )
    const wide = await run(['shard', 'losses', '--limit', '1', '-o', 'wide'], { env })
    expect(wide.out).toContain('new messages and their reactions  typing and presence')
    expect((await run(['shard', 'losses', '--limit', 'many'], { env })).code).toBe(exitCodes.usage)
  })

  it('gateway list: in every format', async () => {
    expect(await listedAs('table')).toBe(
      'GATEWAY    STATUS    GUILDS   HEARTBEAT  VERSION\n' +
        'gateway-0  active    12/1000  3s ago     0.1.0\n' +
        'gateway-1  cordoned  13/1000  2m ago     0.1.0\n',
    )
    expect(await listedAs('wide')).toContain('ws://gateway-0:3000  eu      3.1')
    expect(await listedAs('name')).toBe('gateway-0\ngateway-1\n')
    const document = { apiVersion: 'guildmesh/v1', kind: 'GatewayList', items: [{}, { status: 'cordoned' }] }
    expect(JSON.parse(await listedAs('json'))).toMatchObject(document)
    expect(parse(await listedAs('yaml'))).toMatchObject(document)
    const lines = (await listedAs('jsonl')).trimEnd().split('\n')
    expect(lines.map((line) => JSON.parse(line))).toMatchObject([
      { apiVersion: 'guildmesh/v1', kind: 'Gateway', gatewayId: 'gateway-0' },
      { gatewayId: 'gateway-1' },
    ])
  })

  it('gateway show: one, or what there is instead', async () => {
    const one = await run(['gateway', 'show', 'gateway-1', '-o', 'json'], { env })
    expect(JSON.parse(one.out)).toMatchObject({ kind: 'Gateway', gatewayId: 'gateway-1', status: 'cordoned' })
    const none = await run(['gateway', 'show', 'gateway-9'], { env })
    expect(none).toMatchObject({ code: exitCodes.notFound, out: '' })
    expect(none.err).toContain('next:  List the gateways: guildmesh gateway list')
  })

  it('gateway cordon: with a reason, and a clear answer if it cannot be', async () => {
    const done = await run(['gateway', 'cordon', 'gateway-0', '--reason', 'disk is full'], { env })
    expect(done).toMatchObject({ code: exitCodes.ok })
    expect(done.out).toContain('gateway-0  cordoned')
    expect(changes).toEqual([{ cordon: { gatewayId: 'gateway-0', reason: 'disk is full' } }])
    expect(await run(['gateway', 'cordon', 'gateway-0'], { env })).toMatchObject({ code: exitCodes.usage })
    const unknown = await run(['gateway', 'cordon', 'gateway-9', '--reason', 'x'], { env })
    expect(unknown).toMatchObject({
      code: exitCodes.notFound,
      out: '',
      err: 'error: There is no gateway gateway-9. [NotFound]\nnext:  List the gateways: guildmesh gateway list\n',
    })
    const refused = await run(['gateway', 'uncordon', 'gateway-1', '--reason', 'x'], { env })
    expect(refused.code).toBe(exitCodes.refused)
    expect(refused.err).toContain('gateway-1 is offline, not active.')
  })

  it('guild list: every page, or as many as asked for; ids are strings', async () => {
    const all = await run(['guild', 'list', '-o', 'name'], { env })
    const ids = all.out.trimEnd().split('\n')
    expect(ids).toHaveLength(guildCount)
    expect(new Set(ids).size).toBe(guildCount)
    const some = await run(['guild', 'list', '--gateway', 'gateway-2', '--limit', '1001', '-o', 'json'], {
      env,
    })
    const { items }: { items: { guildId: unknown; gatewayId: unknown }[] } = JSON.parse(some.out)
    expect(items).toHaveLength(1001)
    expect(items[0]).toMatchObject({ guildId: guildId(0), gatewayId: 'gateway-2' })
  })

  it('guild locate: where it is, or that it is nowhere', async () => {
    const found = await run(['guild', 'locate', guildId(0)], { env })
    expect(found.out).toMatch(
      /^GUILD +GATEWAY +EPOCH +ASSIGNED +STATUS\n100000000000000000 +gateway-1 +4 +1m ago +active\n$/,
    )
    const nowhere = await run(['guild', 'locate', guildId(7)], { env })
    expect(nowhere.code).toBe(exitCodes.notFound)
    expect(nowhere.err).toContain('is on no gateway')
    const wrong = await run(['guild', 'locate', '123'], { env })
    expect(wrong).toMatchObject({ code: exitCodes.usage })
    expect(wrong.err).toContain('must be a Discord id: 17 to 20 digits')
  })

  it('guild move: names its idempotency key before it asks, and refuses a guild with data', async () => {
    const args = ['guild', 'move', guildId(0), '--to', 'gateway-1', '--reason', 'balance']
    const done = await run([...args, '-o', 'name'], { env })
    expect(done).toMatchObject({ code: exitCodes.ok, out: `${moveId}\n` })
    const key = /idempotency key (cli-[0-9a-f-]{36})/.exec(done.err)?.[1]
    expect(changes).toEqual([
      { reassign: { guildId: guildId(0), target: 'gateway-1', reason: 'balance', idempotencyKey: key } },
    ])
    await run([...args, '--idempotency-key', 'again-1234'], { env })
    expect(changes[1]).toMatchObject({ reassign: { idempotencyKey: 'again-1234' } })
    const full = await run(['guild', 'move', guildId(1), '--to', 'gateway-1', '--reason', 'x'], { env })
    expect(full.code).toBe(exitCodes.refused)
    expect(full.err).toContain('message_stats: 7')
  })

  it('move list: a text from people cannot rewrite the terminal', async () => {
    const { out } = await run(['move', 'list', '-o', 'wide'], { env })
    expect(out.split('\n')).toHaveLength(3)
    expect(out).not.toContain('\u001b')
    expect((await run(['move', 'list', '--open', '-o', 'name'], { env })).out).toBe('')
  })

  it('token create and list: the secret is shown once', async () => {
    const made = await run(['token', 'create', 'ci', '-o', 'name'], { env })
    expect(made).toMatchObject({ code: exitCodes.ok, out: 'gmop_new\n' })
    expect(made.err).toContain('not shown again')
    const { out } = await run(['token', 'list', '-o', 'wide'], { env })
    expect(out).toContain('on call')
    expect(out).not.toContain('gmop_')
  })

  it('token revoke: somebody types its id, or says so twice', async () => {
    const refused = await run(['token', 'revoke', tokenId], { env })
    expect(refused.code).toBe(exitCodes.refused)
    expect(refused.err).toContain(`next:  Add --yes --confirm ${tokenId}`)
    expect((await run(['token', 'revoke', tokenId, '--yes'], { env })).code).toBe(exitCodes.refused)
    expect((await run(['token', 'revoke', tokenId], { env, answer: 'yes' })).code).toBe(exitCodes.refused)
    expect(changes).toEqual([])
    expect((await run(['token', 'revoke', tokenId], { env, answer: tokenId })).code).toBe(exitCodes.ok)
    const forced = await run(['token', 'revoke', tokenId, '--yes', '--confirm', tokenId], { env })
    expect(forced.out).toContain('revoked')
    expect(changes).toEqual([{ revoke: { tokenId } }, { revoke: { tokenId } }])
  })
})

describe('the token', () => {
  it('comes from an option, the environment, or the file in the home folder, in this order', async () => {
    const file = join(home, 'token')
    await writeFile(file, `${secret}\n`)
    const wrong = { GUILDMESH_URL: edge.url, GUILDMESH_TOKEN: 'gmop_of_somebody_else' }
    expect((await run(['status', '--token-file', file], { env: wrong })).code).toBe(exitCodes.ok)
    expect(
      (await run(['status'], { env: { GUILDMESH_URL: edge.url, GUILDMESH_TOKEN_FILE: file } })).code,
    ).toBe(0)
    await mkdir(join(home, '.config', 'guildmesh'), { recursive: true })
    await writeFile(join(home, '.config', 'guildmesh', 'token'), secret)
    expect((await run(['status'], { env: { GUILDMESH_URL: edge.url, HOME: home } })).code).toBe(exitCodes.ok)
  })

  it('is asked for if there is none, and never printed', async () => {
    const none = await run(['status'], { env: { GUILDMESH_URL: edge.url, HOME: join(home, 'nobody') } })
    expect(none.code).toBe(exitCodes.auth)
    expect(none.err).toContain('Set GUILDMESH_TOKEN')
    const missing = await run(['status', '--token-file', join(home, 'none')], { env })
    expect(missing.code).toBe(exitCodes.auth)
    const odd = join(home, 'odd')
    await writeFile(odd, 'canary one\ncanary two')
    await chmod(odd, 0o600)
    const garbled = await run(['status', '--token-file', odd], { env })
    expect(garbled.code).toBe(exitCodes.auth)
    expect(garbled.err).not.toContain('canary')
  })

  it('that is revoked gets exit code 5', async () => {
    const revoked = await run(['status'], { env: { ...env, GUILDMESH_TOKEN: 'gmop_revoked_long_ago' } })
    expect(revoked.code).toBe(exitCodes.auth)
    expect(revoked.err).toContain('revoked')
    expect(revoked.err).not.toContain('gmop_revoked')
  })
})

describe('an edge', () => {
  it('that cannot be reached: why, what to do, exit code 6', async () => {
    const { code, err } = await run(['status'], { env: { ...env, GUILDMESH_URL: 'http://127.0.0.1:9' } })
    expect(code).toBe(exitCodes.retryable)
    expect(err).toMatch(/^error: Cannot reach http:\/\/127\.0\.0\.1:9 \(.+\)\.\nnext: {2}Check GUILDMESH_URL/)
  })

  it('that is none: something else answers there, or sends elsewhere', async () => {
    const page = createServer((request, response) => {
      if (request.url?.startsWith('/api/trpc/admin.gateways')) response.writeHead(302, { location: edge.url })
      response.end('<html>Welcome</html>')
    })
    await new Promise<void>((resolve) => page.listen(0, '127.0.0.1', resolve))
    try {
      const address = page.address()
      if (address === null || typeof address === 'string') throw new Error('no port')
      const other = { ...env, GUILDMESH_URL: `http://127.0.0.1:${address.port}` }
      const html = await run(['status'], { env: other })
      expect(html.code).toBe(exitCodes.failed)
      expect(html.err).toContain('answers, but it is not a guildmesh edge')
      const redirected = await run(['gateway', 'list'], { env: other })
      expect(redirected).toMatchObject({ out: '', code: exitCodes.retryable })
    } finally {
      page.close()
    }
  })

  it('has an address of http or https', async () => {
    const other = await run(['status', '--url', 'ftp://x'], { env })
    expect(other).toMatchObject({ code: exitCodes.usage })
    expect(other.err).toContain('is not an http or https address')
  })

  it('that is neither https nor on this machine: a warning', async () => {
    const signal = AbortSignal.abort()
    const { err } = await run(['status'], { env: { ...env, GUILDMESH_URL: 'http://bot.invalid' }, signal })
    expect(err).toContain('warning: http://bot.invalid does not use https')
  })

  it('is asked no more after Ctrl-C: exit code 130', async () => {
    const interrupted = AbortSignal.abort()
    expect((await run(['status'], { env, signal: interrupted })).code).toBe(exitCodes.interrupted)
  })
})

describe('usage', () => {
  it.each([
    [['gatway', 'list']],
    [['guild', 'locate']],
    [['status', '-o', 'xml']],
    [['gateway', 'list', '--nope']],
  ])('%j gets exit code 2 and says what there is', async (args) => {
    const { code, out, err } = await run(args, { env })
    expect(code).toBe(exitCodes.usage)
    expect(out).toBe('')
    expect(err).toMatch(/error: .+/)
  })

  it('--help is an answer, not an error', async () => {
    const { code, out } = await run(['--help'], { env })
    expect(code).toBe(exitCodes.ok)
    for (const command of ['status', 'gateway', 'guild', 'move', 'token']) expect(out).toContain(command)
    expect(out).toContain('Exit codes')
  })
})

/** What `gateway list` prints in a format. */
async function listedAs(format: string): Promise<string> {
  return (await run(['gateway', 'list', '-o', format], { env })).out
}
