import { expect, test } from 'vitest'
import { inboxKind } from './inbox-entry.ts'

const now = Date.UTC(2026, 0, 2)
const known = { documented: true, left: false }
const unknown = { documented: false, left: false }
const create = (joinedAgoMs: number) => ({
  type: 'GUILD_CREATE',
  data: { id: '1', joined_at: new Date(now - joinedAgoMs).toISOString() },
})

test.each([
  ['a new session describes a known guild', create(0), known, 'available'],
  ['the bot is back in a guild that it left', create(999_999_999), { documented: true, left: true }, 'join'],
  [
    'the first session of all describes a guild that the bot has long been in',
    create(86_400_000),
    unknown,
    'available',
  ],
  ['a guild nobody knew, joined just now', create(5000), unknown, 'join'],
  [
    'a guild nobody knew, of which Discord does not say since when',
    { type: 'GUILD_CREATE', data: {} },
    unknown,
    'available',
  ],
  ['an outage', { type: 'GUILD_DELETE', data: { id: '1', unavailable: true } }, known, 'dispatch'],
  ['the bot was removed', { type: 'GUILD_DELETE', data: { id: '1' } }, known, 'leave'],
  ['anything else', { type: 'MESSAGE_CREATE', data: {} }, known, 'dispatch'],
] as const)('%s', (_what, event, guild, kind) => {
  expect(inboxKind(event, guild, now)).toBe(kind)
})
