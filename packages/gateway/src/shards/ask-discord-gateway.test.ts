import { ManualTime } from '@guildmesh/runtime/testing'
import { expect, test } from 'vitest'
import { askDiscordGateway } from './ask-discord-gateway.ts'
import { parseGatewayBot } from './discord-gateway.ts'

const log = { debug() {}, info() {}, warn() {}, error() {} }
const gateway = { url: 'wss://gateway.example', recommendedShards: 3, maxConcurrency: 1 }

test('Discord is asked until it answers, and meanwhile an operator is told what is wrong', async () => {
  const problems: string[] = []
  const answers = [Object.assign(new Error('Unauthorized'), { status: 401 }), new Error('ECONNREFUSED')]
  const timers = new ManualTime()
  const asked = askDiscordGateway(
    async () => {
      const error = answers.shift()
      if (error) throw error
      return gateway
    },
    { log, signal: new AbortController().signal, onProblem: (problem) => problems.push(problem), timers },
  )
  await timers.advance(60_000)
  expect(await asked).toBe(gateway)
  expect(problems).toEqual([
    expect.stringContaining('DISCORD_TOKEN'),
    expect.stringContaining('DISCORD_API_URL'),
  ])
})

test('a process that ends stops asking', async () => {
  const ending = new AbortController()
  const asking = askDiscordGateway(() => Promise.reject(new Error('away')), {
    log,
    signal: ending.signal,
    onProblem: () => ending.abort(),
  })
  await expect(asking).rejects.toThrow('abort')
})

test("Discord's answer is read, and anything else refused", () => {
  const body = { url: 'wss://g', shards: 9, session_start_limit: { max_concurrency: 16, remaining: 1 } }
  expect(parseGatewayBot(body)).toEqual({ url: 'wss://g', recommendedShards: 9, maxConcurrency: 16 })
  expect(() => parseGatewayBot({ ...body, url: 'https://g' })).toThrow('url')
  expect(() => parseGatewayBot({ message: '401: Unauthorized' })).toThrow('shards')
})
