import type { GuildActivity } from '@guildmesh/contracts'
import { ChannelId, UserId } from '@guildmesh/contracts'

const hour = 3_600_000
const stepMs = { hour, day: 24 * hour } as const

/** What a community is like, for made-up activity. */
export interface Temper {
  readonly seed: number
  /** Messages in an average hour. */
  readonly hourly: number
  readonly members: readonly string[]
  readonly channels: readonly string[]
}

/** A number in [0, 1) that is always the same for the same input. */
function noise(seed: number, index: number): number {
  let x = Math.imul(seed ^ 0x9e3779b9, 0x85ebca6b) ^ Math.imul(index + 0x7f4a7c15, 0xc2b2ae35)
  x = Math.imul(x ^ (x >>> 15), 0x2c1b3c6d)
  x = Math.imul(x ^ (x >>> 12), 0x297a2d39)
  return ((x ^ (x >>> 15)) >>> 0) / 2 ** 32
}

/** Messages of a community up to `now`, with quiet nights, lively weekends, and a good day now and then. */
function messagesInHour(temper: Temper, start: number, now: number): number {
  const index = Math.floor(start / hour)
  const ofDay = index % 24
  const weekday = (Math.floor(index / 24) + 4) % 7
  const daily = 0.25 + 1.5 * Math.max(0, Math.sin(((ofDay - 7) / 17) * Math.PI)) ** 1.4
  const weekly = weekday === 0 || weekday === 6 ? 1.35 : 0.9
  const event = noise(temper.seed + 1, Math.floor(index / 24)) > 0.86 ? 1.7 : 1
  const trend = 1 + 0.25 * Math.sin(index / (24 * 19) + temper.seed)
  const whole = temper.hourly * daily * weekly * event * trend * (0.6 + 0.8 * noise(temper.seed, index))
  const passed = Math.min(1, Math.max(0, (now - start) / hour))
  return Math.round(whole * passed)
}

function sumOf(temper: Temper, from: number, to: number, now: number): number {
  let messages = 0
  for (let start = from; start < to; start += hour) messages += messagesInHour(temper, start, now)
  return messages
}

function membersFor(temper: Temper, messages: number): number {
  return Math.min(Math.round(Math.sqrt(messages) * 2.1), temper.members.length * 40, messages)
}

function totalsOf(temper: Temper, from: number, to: number, now: number): GuildActivity['totals'] {
  const messages = sumOf(temper, from, to, now)
  return {
    messages,
    members: membersFor(temper, messages),
    channels: Math.min(temper.channels.length, messages),
    characters: messages * 47,
    words: Math.round(messages * 8.6),
    reactions: Math.round(messages * 0.34),
  }
}

/** Made-up activity of a window that starts and ends on whole hours; always the same for the same input. */
export function sampleActivity(
  temper: Temper,
  window: { readonly from: number; readonly to: number; readonly interval: 'hour' | 'day' },
  now: number,
): GuildActivity {
  const { from, to, interval } = window
  const step = stepMs[interval]
  const buckets: GuildActivity['buckets'] = []
  for (let start = Math.floor(from / step) * step; start < to; start += step) {
    const messages = sumOf(temper, Math.max(from, start), Math.min(to, start + step), now)
    buckets.push({ start, messages, members: membersFor(temper, messages) })
  }
  const totals = totalsOf(temper, from, to, now)
  const share = (names: readonly string[], index: number) =>
    Math.round(
      (totals.messages * 0.31) / (1 + index * (0.55 + noise(temper.seed, index + names.length) * 0.3)),
    )
  const id = (kind: number, index: number) =>
    String(900_000_000_000_000_000n + BigInt(temper.seed * 1000 + kind * 100 + index))
  return {
    buckets,
    totals,
    previous: totalsOf(temper, from - (to - from), from, now),
    topMembers: temper.members
      .slice(0, totals.messages === 0 ? 0 : 8)
      .map((name, index) => ({
        userId: UserId.parse(id(1, index)),
        name,
        messages: Math.round(share(temper.members, index) * 0.4),
      }))
      .toSorted((a, b) => b.messages - a.messages),
    topChannels: temper.channels
      .slice(0, totals.messages === 0 ? 0 : 8)
      .map((name, index) => ({
        channelId: ChannelId.parse(id(2, index)),
        name,
        hidden: false,
        messages: share(temper.channels, index),
      }))
      .toSorted((a, b) => b.messages - a.messages),
  }
}
