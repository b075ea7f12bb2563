import {
  type ActivityInput,
  type Call,
  ChannelId,
  type GatewayId,
  type GuildActivity,
  type GuildChange,
  type GuildDataPort,
  type GuildId,
  type GuildMember,
  type GuildOverview,
  type GuildSettings,
  type MemberInput,
  MeshError,
  type OwnedGuildInput,
  UserId,
} from '@guildmesh/contracts'
import type { GuildReader, GuildSnapshot, GuildStore } from '@guildmesh/guild-store'
import type { z } from 'zod'
import { allPermissions, guildPermissions, isHiddenChannel, permissionFacts } from '@guildmesh/bot'
import { type Clock, sleep } from '@guildmesh/runtime'
import { failureOfRefusal, fenceRetryMs } from '../commit/refusal-failure.ts'
import { fillBuckets, intervalMs, spanBefore } from './activity-report.ts'
import type { ChangeFeed } from './change-feed.ts'
import { knownMember, type MemberLookup } from './member-lookup.ts'

type Owned = z.output<typeof OwnedGuildInput>

export interface GuildDataOptions {
  readonly store: GuildStore
  readonly gatewayId: GatewayId
  readonly mayServe: () => boolean
  readonly feed: ChangeFeed
  readonly members: MemberLookup
  readonly clock: Clock
}

/** Rows of each list of the activity report. */
const topRows = 10
/** A change is told at most this often, milliseconds. */
const changeEveryMs = 1000
const threadTypes = [10, 11, 12]

/** Answers what the portal asks of a guild, from its owner's rows. */
export class GuildData implements GuildDataPort {
  readonly #options: GuildDataOptions

  constructor(options: GuildDataOptions) {
    this.#options = options
  }

  async overview(input: Owned): Promise<GuildOverview> {
    return this.#read(input, ({ rows, epoch }) => overviewOf(rows, epoch, this.#options.gatewayId))
  }

  async activity(input: z.output<typeof ActivityInput>): Promise<GuildActivity> {
    const { guildId, from, to, interval } = input
    const span = { from, to }
    return this.#read(input, ({ rows, activity }) => ({
      buckets: fillBuckets(
        span,
        intervalMs[interval],
        activity.intervals(guildId, span, intervalMs[interval]),
      ),
      totals: activity.totals(guildId, span),
      previous: activity.totals(guildId, spanBefore(span)),
      topMembers: activity.topMembers(guildId, span, topRows).map(({ userId, messages }) => ({
        userId: UserId.parse(userId),
        name: rows.get('documentMembers', { userId }, ['name'])?.name ?? null,
        messages,
      })),
      topChannels: activity.topChannels(guildId, span, topRows).map(({ channelId, messages }) => {
        const { name, hidden } = shownChannel(rows, channelId)
        return { channelId: ChannelId.parse(channelId), name, hidden, messages }
      }),
    }))
  }

  async member(input: z.output<typeof MemberInput>, call: Call): Promise<GuildMember> {
    const { guildId, epoch, userId } = input
    const known = this.#read(input, ({ rows }) => ({
      facts: permissionFacts(rows),
      member: knownMember(rows, userId),
      moderatorRoleId: rows.settings()?.moderatorRoleId ?? null,
    }))
    if (!known.facts) return absentMember(userId)
    const { members, clock } = this.#options
    const member = known.member ?? (await members.fetch(guildId, epoch, userId, call.signal))
    if (!member) return absentMember(userId)
    const permissions = guildPermissions(known.facts, member, clock.now())
    return {
      userId,
      inGuild: true,
      isOwner: known.facts.ownerId === userId,
      permissions: permissions.toString(),
      isModerator:
        permissions === allPermissions ||
        (known.moderatorRoleId !== null && member.roles.includes(known.moderatorRoleId)),
    }
  }

  async *changes(input: Owned, call: Call): AsyncIterable<GuildChange> {
    using following = this.#options.feed.follow(input.guildId)
    while (!call.signal.aborted) {
      yield this.#read(input, ({ rows }) => ({
        guildId: input.guildId,
        cursor: rows.cursor()?.position ?? null,
        at: this.#options.clock.now(),
      }))
      await sleep(changeEveryMs, call.signal)
      await following.changed(call.signal)
    }
  }

  #read<R>({ guildId, epoch }: { guildId: GuildId; epoch: number }, body: (snapshot: GuildSnapshot) => R): R {
    const { store, gatewayId, mayServe } = this.#options
    const outcome = store.read(guildId, epoch, body)
    // R1: asked beside the reply, since somebody else may have served the guild since we last could.
    if (!mayServe()) throw new MeshError({ kind: 'GuildFenced', guildId, retryAfterMs: fenceRetryMs })
    switch (outcome.kind) {
      case 'done':
        return outcome.value
      case 'refused':
        throw new MeshError(failureOfRefusal(guildId, epoch, gatewayId, outcome.refusal))
      case 'failed':
        throw outcome.error
      default:
        return outcome satisfies never
    }
  }
}

function absentMember(userId: UserId): GuildMember {
  return { userId, inGuild: false, isOwner: false, permissions: '0', isModerator: false }
}

function overviewOf(rows: GuildReader, epoch: number, gatewayId: GatewayId): GuildOverview {
  const { guildId } = rows
  const document = rows.get('documentGuild', {}, ['name', 'icon', 'memberCount'])
  const left = rows.get('guilds', {}, ['leftAt'])?.leftAt ?? null
  const cursor = rows.cursor()
  const settings = rows.settings()
  const threads = threadTypes.reduce((sum, type) => sum + rows.count('documentChannels', { type }), 0)
  return {
    guildId,
    name: document?.name ?? guildId,
    iconUrl: document?.icon ? `https://cdn.discordapp.com/icons/${guildId}/${document.icon}.png` : null,
    memberCount: document?.memberCount ?? 0,
    channelCount: rows.count('documentChannels') - threads,
    roleCount: rows.count('documentRoles'),
    present: document !== undefined && left === null,
    gatewayId,
    epoch,
    settings,
    ...namesOf(rows, settings),
    cursor: cursor?.position ?? null,
    lastEventAt: cursor?.appliedAt ?? null,
    eventLagMs: cursor?.eventLagMs ?? null,
  }
}

/** Names of what the settings point to, by id, `null` if it is gone or hidden; and which of them are hidden. */
function namesOf(rows: GuildReader, settings: GuildSettings | null): Pick<GuildOverview, 'names' | 'hidden'> {
  const names: Record<string, string | null> = {}
  const hidden: ChannelId[] = []
  if (!settings) return { names, hidden }
  for (const roleId of [settings.moderatorRoleId, settings.restrictedRoleId]) {
    if (roleId !== null) names[roleId] = rows.get('documentRoles', { roleId }, ['name'])?.name ?? null
  }
  for (const channelId of [
    settings.modLogChannelId,
    settings.deletionLogChannelId,
    settings.honeypotChannelId,
    settings.ticketChannelId,
  ]) {
    if (channelId === null) continue
    const shown = shownChannel(rows, channelId)
    names[channelId] = shown.name
    if (shown.hidden) hidden.push(channelId)
  }
  return { names, hidden }
}

/** What of a channel may be shown: the name that Discord gives for a hidden one is none. */
function shownChannel(rows: GuildReader, channelId: string): { name: string | null; hidden: boolean } {
  const channel = rows.get('documentChannels', { channelId }, ['name', 'payload'])
  const hidden = channel !== undefined && isHiddenChannel(channel.payload)
  return { name: hidden ? null : (channel?.name ?? null), hidden }
}
