import { ManualTime } from '@guildmesh/runtime/testing'
import { expect, test } from 'vitest'
import type { Dispatch } from '../delivery/dispatch.ts'
import { shardTimings } from './protocol/shard-state.ts'
import { ShardConnection } from './shard-connection.ts'
import type { ShardSocketHandlers } from './shard-socket.ts'

const hello = JSON.stringify({ op: 10, d: { heartbeat_interval: 40_000 } })
const event = (seq: number, type = 'MESSAGE_CREATE') => JSON.stringify({ op: 0, t: type, s: seq, d: {} })

/** A socket that does what the test says. */
class FakeSocket {
  readonly url: string
  readonly handlers: ShardSocketHandlers
  readonly sent: unknown[] = []
  left: number | null = null
  isPaused = false

  constructor(url: string, handlers: ShardSocketHandlers) {
    this.url = url
    this.handlers = handlers
  }

  send(text: string): void {
    this.sent.push(JSON.parse(text))
  }

  pause(): void {
    this.isPaused = true
  }

  resume(): void {
    this.isPaused = false
  }

  async leave(code: number): Promise<void> {
    this.left = code
  }
}

function setUp({ resumeUrl = 'wss://resume.example' } = {}) {
  const time = new ManualTime()
  const world = {
    mayConnect: true,
    sockets: new Array<FakeSocket>(),
    received: new Array<Dispatch>(),
    reports: new Array<string>(),
  }
  const connection = new ShardConnection({
    shard: [0, 1],
    token: 'token',
    intents: 1,
    mainUrl: 'wss://main.example',
    session: { generation: 3, sessionId: 's', resumeUrl, seq: 40 },
    clock: time,
    timers: time,
    openSocket: (url, handlers) => {
      const socket = new FakeSocket(new URL(url).href, handlers)
      world.sockets.push(socket)
      return socket
    },
    mayConnect: () => world.mayConnect,
    permits: { request: async () => ({ type: 'no-permit', retryAfterMs: 1000 }) },
    progress: { resumeSeq: 38 },
    delivery: { receive: (dispatch) => void world.received.push(dispatch) },
    onSession: () => {},
    onSessionEnded: () => {},
    onRefused: () => {},
    onReport: ({ event: name }) => void world.reports.push(name),
  })
  const socket = () => {
    const latest = world.sockets.at(-1)
    if (!latest) throw new Error('no socket was opened')
    return latest
  }
  return { time, world, connection, socket }
}

test('no socket is opened before the lease lets the holder act: the session may be another’s by now', async () => {
  const { time, world, connection, socket } = setUp()
  world.mayConnect = false
  connection.start()
  await time.advance(3000)
  expect(world.sockets).toEqual([])
  world.mayConnect = true
  await time.advance(100)
  expect(socket().url).toBe('wss://resume.example/')
})

test('an event comes with its position and the size of its message', async () => {
  const { time, world, connection, socket } = setUp()
  connection.start()
  await time.advance()
  socket().handlers.onMessage(hello)
  socket().handlers.onMessage(event(41))
  expect(world.received).toEqual([
    { generation: 3, seq: 41, type: 'MESSAGE_CREATE', data: {}, size: event(41).length },
  ])
  expect(socket().sent).toMatchObject([{ op: 6, d: { session_id: 's', seq: 38 } }])
})

test('what a socket says after it was left is not taken for the next one’s', async () => {
  const { time, world, connection, socket } = setUp()
  connection.start()
  await time.advance()
  const first = socket()
  first.handlers.onMessage(hello)
  first.handlers.onMessage(JSON.stringify({ op: 7, d: null }))
  await time.advance(1000)
  expect(first.left).toBe(4200)
  expect(socket()).not.toBe(first)
  first.handlers.onMessage(event(41))
  first.handlers.onClose(4004)
  expect(world.received).toEqual([])
  expect(connection.state.phase.name).toBe('connecting')
})

test('a pause outlives the socket: the next one is read as far as its first event', async () => {
  const { time, connection, socket } = setUp()
  connection.start()
  await time.advance()
  connection.pause()
  expect(socket().isPaused).toBe(true)
  socket().handlers.onClose(1006)
  await time.advance(1000)
  socket().handlers.onMessage(hello)
  expect(socket().isPaused).toBe(false)
  socket().handlers.onMessage(event(41))
  expect(socket().isPaused).toBe(true)
  connection.resume()
  expect(socket().isPaused).toBe(false)
})

test('a resume host that is no address counts at once as one that cannot be reached', async () => {
  const { time, world, connection, socket } = setUp({ resumeUrl: 'not an address' })
  connection.start()
  await time.advance(shardTimings.helloMs - 1)
  expect(socket().url).toBe('wss://main.example/')
  expect(world.reports).toContain('reconnect')
})

test('a connection that is stopped leaves its socket with the session alive, and does nothing any more', async () => {
  const { time, world, connection, socket } = setUp()
  connection.start()
  await time.advance()
  socket().handlers.onMessage(hello)
  await connection.stop()
  expect(socket().left).toBe(4200)
  const { length } = socket().sent
  socket().handlers.onMessage(event(41))
  await time.advance(600_000)
  expect(world.sockets).toHaveLength(1)
  expect(world.received).toEqual([])
  expect(socket().sent).toHaveLength(length)
  expect(time.pending).toBe(0)
})
