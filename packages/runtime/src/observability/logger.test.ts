import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { describe, expect, it } from 'vitest'
import { recordingLogger } from '../../test/test-mesh.ts'
import { Secret } from '../config/secret.ts'
import { isHiddenKey } from './redact.ts'

const botToken = ['MTk4NjIyNDgzNDcxOTI1MjQ4', 'Cl2FMQ', 'ZnCjm1XVW7vRze4b7Cq4se7kKWs'].join('.')
const jwt = 'eyJhbGciOiJFZERTQSJ9.eyJzdWIiOiJlZGdlLTAifQ.c2lnbmF0dXJl'

describe('a log', () => {
  it('has no secret, however deep it is nested and whatever it is nested in', () => {
    const { logger, lines } = recordingLogger()
    const circular: Record<string, unknown> = { accessToken: 'canary-0' }
    circular.self = circular
    logger.info({
      request: { headers: [{ Authorization: 'canary-1', 'set-cookie': ['canary-2'] }] },
      config: { joinSecret: new Secret('canary-3'), nested: { deep: { API_KEY: 'canary-4' } } },
      map: new Map([['client_secret', 'canary-5']]),
      message: { content: 'canary-6', id: '1' },
      circular,
    })
    logger.child({ password: 'canary-7' }).warn('with bindings')
    const cause = new Error(`login with ${botToken} failed`)
    logger.error({ err: new Error('connect postgres://bot:canary-8@db:5432/x failed', { cause }) }, 'oops')
    logger.error(new Error(`Bearer ${jwt}`))
    logger.info(`token ${jwt} in the text`)
    logger.info('first %s then %s', jwt, botToken)
    const written = lines.join('')
    expect(written).not.toMatch(/canary/)
    expect(written).not.toContain(botToken)
    expect(written).not.toContain(jwt)
    expect(lines).toHaveLength(6)
  })

  it('keeps everything else: names, ids, hashes, the stack and cause of an error', () => {
    const { logger, lines } = recordingLogger()
    const error = new TypeError('no such guild', { cause: new Error('inner') })
    logger.warn({ guildId: '112233445566778899', tokenId: 'a1', tokenHash: 'ff', err: error }, 'careful')
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({
      level: 'warn',
      service: 'test',
      msg: 'careful',
      guildId: '112233445566778899',
      tokenId: 'a1',
      tokenHash: 'ff',
      err: { type: 'TypeError', message: 'no such guild', cause: { message: 'inner' } },
    })
    expect(lines[0]).toContain('logger.test.ts')
  })

  it('is not stopped by what cannot be written as JSON', () => {
    const { logger, lines } = recordingLogger()
    logger.info({ big: 12n, bytes: new Uint8Array(3), many: Array.from({ length: 500 }, (_, i) => i) })
    const record: { big: string; bytes: string; many: unknown[] } = JSON.parse(lines[0] ?? '')
    expect(record).toMatchObject({ big: '12', bytes: '[3 bytes]' })
    expect(record.many.at(-1)).toBe('[300 more]')
  })

  it.each(['token', 'DISCORD_TOKEN', 'x-api-key', 'privateKey', 'Cookie', 'sealedTokens', 'content'])(
    'hides what is called %s',
    (key) => expect(isHiddenKey(key)).toBe(true),
  )

  it('does not keep a process from ending when nobody reads it any more', { timeout: 30_000 }, async () => {
    const source = `
      import { createLogger } from ${JSON.stringify(new URL('logger.ts', import.meta.url).href)}
      const logger = createLogger({ service: 'test', level: 'info' })
      logger.info('somebody reads this')
      process.stdin.once('end', () => {
        logger.info('nobody reads this')
        logger.info('nor that')
        process.exit(0)
      })
      process.stdin.resume()`
    const child = spawn(process.execPath, ['--input-type=module', '--eval', source], {
      stdio: ['pipe', 'pipe', 'ignore'],
      timeout: 20_000,
      killSignal: 'SIGKILL',
    })
    const ended = once(child, 'exit')
    await once(child.stdout, 'data')
    child.stdout.destroy()
    await once(child.stdout, 'close')
    child.stdin.end()
    expect(await ended).toEqual([0, null])
  })
})
