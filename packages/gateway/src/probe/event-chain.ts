import { hash } from 'node:crypto'

/*
 * The hash chain that a judge keeps over what Discord sent of a guild, kept here over what was applied. Its definition
 * is that of the Discord simulator's oracle, published in the simulator's README; this is an implementation of its own,
 * so that a mistake of one side cannot hide in the other.
 *
 *   payload hash   sha256 of the payload's canonical JSON, in lower-case hex
 *   first head     sha256 of "discord-sim/chain/1\n" and the guild's id
 *   next head      sha256 of head, "\n", the event's name, "\n", payload hash
 */

/**
 * Snapshots, which every session begins with anew, what answers one session or one person, and entitlements, which come
 * on shard 0 whatever the shard of their guild is.
 */
const outsideChain: ReadonlySet<string> = new Set([
  'READY',
  'RESUMED',
  'GUILD_CREATE',
  'GUILD_DELETE',
  'GUILD_MEMBERS_CHUNK',
  'CHANNEL_INFO',
  'SOUNDBOARD_SOUNDS',
  'RATE_LIMITED',
  'INTERACTION_CREATE',
  'ENTITLEMENT_CREATE',
  'ENTITLEMENT_UPDATE',
  'ENTITLEMENT_DELETE',
])

/** Whether a dispatch belongs to the guild's history, and so to its chain. */
export function belongsToChain(type: string): boolean {
  return !outsideChain.has(type)
}

/** The head before any event. */
export function firstHead(guildId: string): string {
  return hash('sha256', `discord-sim/chain/1\n${guildId}`)
}

/** The head after one more event. `data` is the payload as it was parsed. */
export function nextHead(head: string, type: string, data: unknown): string {
  return hash('sha256', [head, type, hash('sha256', canonicalJson(data))].join('\n'))
}

/** JSON with the keys of every object in the order of their UTF-16 code units, and no blanks. */
function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null'
  const fields = Object.entries(value)
    .filter(([, field]) => field !== undefined)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, field]) => `${JSON.stringify(key)}:${canonicalJson(field)}`)
  return `{${fields.join(',')}}`
}
