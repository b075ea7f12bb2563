import { ChannelId, type GuildCard, GuildId, type GuildSettings, RoleId } from '@guildmesh/contracts'
import type { Temper } from './sample-activity.ts'

/** A made-up community. */
export interface SampleGuild {
  readonly guildId: GuildId
  readonly name: string
  readonly role: GuildCard['role']
  readonly state: GuildCard['state']
  readonly memberCount: number
  readonly hasIcon: boolean
  readonly settings: GuildSettings | null
  readonly names: Readonly<Record<string, string | null>>
  readonly hidden: readonly ChannelId[]
  readonly mayInvite: boolean
  readonly temper: Temper
}

const members = [
  'wren',
  'Halvard',
  'oatmilk',
  'Ingrid Vale',
  'pebble_thrower',
  'Jūratė',
  'Marlow',
  'tinroof',
  'quince',
]
const channels = [
  'the-bench',
  'show-your-work',
  'general',
  'tools-and-glue',
  'help',
  'off-topic',
  'events',
  'intros',
]

const moderators = RoleId.parse('700000000000000001')
const modLog = ChannelId.parse('700000000000000002')
const deletions = ChannelId.parse('700000000000000003')
const tickets = ChannelId.parse('700000000000000004')
const settings: GuildSettings = {
  moderatorRoleId: moderators,
  modLogChannelId: modLog,
  deletionLogChannelId: deletions,
  honeypotChannelId: null,
  ticketChannelId: tickets,
  restrictedRoleId: null,
  quorum: 3,
}
const names = {
  [moderators]: 'Keepers',
  [modLog]: 'mod-log',
  [deletions]: 'deleted',
  [tickets]: 'front-desk',
}

function guild(index: number, name: string, rest: Partial<SampleGuild> = {}): SampleGuild {
  return {
    guildId: GuildId.parse(String(810_000_000_000_000_000n + BigInt(index))),
    name,
    role: 'moderator',
    state: 'ready',
    memberCount: 300 + ((index * 7919) % 9000),
    hasIcon: true,
    settings,
    names,
    hidden: [],
    mayInvite: false,
    temper: { seed: index, hourly: 12 + ((index * 53) % 90), members, channels },
    ...rest,
  }
}

export const mossyWorkshop = guild(1, 'Mossy Workshop', {
  role: 'owner',
  memberCount: 4218,
  temper: { seed: 14, hourly: 65, members, channels },
})
export const ludoHarbour = guild(2, 'Ludo Harbour', {
  role: 'admin',
  settings: null,
  names: {},
  hasIcon: false,
})
export const quietCarriage = guild(3, 'Quiet Carriage', { state: 'unreachable' })
export const saltboxTheatre = guild(4, 'Saltbox Theatre', { role: 'owner', state: 'absent', mayInvite: true })
/** Its mod log channel was deleted after the set-up, and the bot no longer sees the one for tickets. */
export const hexfield = guild(5, 'Hexfield', {
  names: { ...names, [modLog]: null, [tickets]: null },
  hidden: [tickets],
})
/** A community that the sample user may not see. */
export const closedGuild = guild(90, 'The Back Room', { role: 'member' })

/** What the sample user sees in the server list. */
export const sampleGuilds: readonly SampleGuild[] = [
  mossyWorkshop,
  ludoHarbour,
  quietCarriage,
  saltboxTheatre,
  hexfield,
  guild(6, 'Night Bus Radio', { role: 'admin' }),
  guild(7, 'Paper Lanterns', { hasIcon: false }),
  guild(8, 'Kettle & Crane', { role: 'owner' }),
  guild(9, 'Foxglove Library'),
  guild(10, 'Tidepool', { role: 'admin' }),
  guild(11, 'Copper Owls', { role: 'admin', state: 'absent', mayInvite: true, hasIcon: false }),
  guild(12, 'Umbra Speedruns', { role: 'member', state: 'absent' }),
  guild(13, 'Harbour Lights', { role: 'member' }),
]
