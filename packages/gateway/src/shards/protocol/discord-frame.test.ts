import { expect, test } from 'vitest'
import { parseDiscordFrame } from './discord-frame.ts'

test.each([
  [
    '{"op":0,"t":"MESSAGE_CREATE","s":3,"d":{"id":"1"}}',
    { op: 'dispatch', type: 'MESSAGE_CREATE', seq: 3, data: { id: '1' }, size: 50 },
  ],
  ['{"op":10,"d":{"heartbeat_interval":41250}}', { op: 'hello', heartbeatIntervalMs: 41_250 }],
  ['{"op":1}', { op: 'heartbeat-wanted' }],
  ['{"op":11}', { op: 'heartbeat-ack' }],
  ['{"op":7,"d":null}', { op: 'reconnect' }],
  ['{"op":9,"d":true}', { op: 'invalid-session', resumable: true }],
  ['{"op":9,"d":false}', { op: 'invalid-session', resumable: false }],
  ['{"op":99}', { op: 'unknown', code: 99 }],
])('%s', (text, frame) => {
  expect(parseDiscordFrame(text)).toEqual(frame)
})

test.each([
  'not json',
  'null',
  '[]',
  '{"t":"READY"}',
  '{"op":"0"}',
  '{"op":0,"t":"X","d":{}}',
  '{"op":0,"t":"X","s":-1}',
  '{"op":0,"s":1}',
  '{"op":10,"d":{}}',
  '{"op":10,"d":{"heartbeat_interval":0}}',
])('what is no message of a shard socket is told as such: %s', (text) => {
  expect(parseDiscordFrame(text)).toBeNull()
})
