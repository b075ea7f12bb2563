import { expect, test } from 'vitest'
import { readSourceTree } from './source-tree.ts'
import { findWordUses, wordRules } from './word-list.ts'

const tree = readSourceTree()
const rulesIn = (text: string, path = 'packages/gateway/src/example.ts') =>
  findWordUses([{ path, text }]).map(({ rule }) => rule)

test.each([
  ['throw new SucceededError()', 'succeeded'],
  ['an incarnation that was succeeded by another', 'succeeded'],
  ['if (isBehind(a, b)) return', 'behind, of positions'],
  ["case 'EventHole':", 'hole'],
  ['a dead_event is kept', 'dead event'],
  ['the former life of the gateway', 'life'],
  ['const rest_life = 1', 'life'],
  ['new UnsettledWindow()', 'unsettled window, committed seq, stored seq'],
  ['calls.shards.commit(input)', 'unsettled window, committed seq, stored seq'],
  ['leases_lapsed_total', 'lapsed'],
  ['const { holdMs } = lease', 'holdMs'],
  ['the floor of a gateway', 'share-out, floor'],
  ['row.requestsFloor', 'share-out, floor'],
  ['outbox_looks_total', 'outbox looks'],
  ['class InteractionDesk {', 'desk, book, door, crew, front'],
  ['the front hands it on', 'desk, book, door, crew, front'],
  ['class MeshTime {', 'mesh time'],
  ['decideAdoption()', 'adoption'],
  ['each planted bug is found', 'planted bugs'],
  ['readGatewayFrame(data)', "gateway, of Discord's socket"],
  ["log.info('ending: handing over first')", 'wording that people do not say'],
])('%j is not how we say it', (line, rule) => {
  expect(rulesIn(line)).toEqual([rule])
})

test.each([
  'const whole = Math.floor(all)',
  'the life-cycle of a service',
  'its lifetime; it lives in the gateway',
  'time elapsed before the collapse',
  'the proxy in front of the edge',
  'an indoor plantation of facebook',
  'shards.committed',
  'the call has succeeded',
  'const options: LoadOptions = {}',
])('%j may stay', (line) => {
  expect(rulesIn(line)).toEqual([])
})

test('the name of a file counts too', () => {
  expect(rulesIn('', 'packages/edge/src/interactions/interaction-desk.ts')).toEqual([
    'desk, book, door, crew, front',
  ])
})

test('the simulator speaks as Discord does', () => {
  expect(rulesIn('', 'packages/discord-sim/src/gateway/gateway-frame.ts')).toEqual([])
})

test('code, logs, metrics and documents use the words of the glossary', () => {
  expect(tree.length).toBeGreaterThan(500)
  const uses = findWordUses(tree).map(({ path, line, rule, text }) => `${path}:${line} (${rule}) ${text}`)
  expect(uses).toEqual([])
})

test('every use that may stay is there: an exception that nothing needs is gone', () => {
  const needless = wordRules.flatMap((rule) =>
    (rule.allowed ?? [])
      .filter((allowed) => {
        const others = (rule.allowed ?? []).filter((other) => other !== allowed)
        return findWordUses(tree, [{ ...rule, allowed: others }]).length === 0
      })
      .map(({ why }) => `${rule.name}: ${why}`),
  )
  expect(needless).toEqual([])
})
