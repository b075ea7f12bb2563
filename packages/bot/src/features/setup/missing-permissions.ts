import { PermissionFlagsBits } from 'discord-api-types/v10'
import { z } from 'zod'
import type { GuildReader } from '@guildmesh/guild-store'
import { isHiddenChannel } from '../../guild-document/hidden-channel.ts'
import {
  channelPermissions,
  guildPermissions,
  type MemberState,
  type Overwrite,
  type PermissionFacts,
  permissionFacts,
} from '../../guild-document/permissions.ts'
import { permissionNames } from '../../kit/answers.ts'
import type { SetupChoices } from './choices.ts'

const bits = PermissionFlagsBits
/** What moderation needs anywhere in the guild. */
const everywhere =
  bits.ViewAuditLog | bits.KickMembers | bits.BanMembers | bits.ModerateMembers | bits.ManageMessages
const post = bits.ViewChannel | bits.SendMessages | bits.EmbedLinks
const postInThreads = post | bits.CreatePublicThreads | bits.SendMessagesInThreads | bits.ManageThreads

/** What the bot needs in each channel that was chosen. */
const neededInChannel = [
  { choice: 'modLogChannelId', needs: postInThreads },
  { choice: 'deletionLogChannelId', needs: postInThreads },
  { choice: 'honeypotChannelId', needs: post | bits.ManageMessages },
  {
    choice: 'ticketChannelId',
    needs: post | bits.CreatePrivateThreads | bits.SendMessagesInThreads | bits.ManageThreads,
  },
] as const satisfies readonly { choice: keyof SetupChoices; needs: bigint }[]

/** Every permission that the bot lacks for these choices, a line each, in words for the person. */
export function missingPermissions(
  guild: GuildReader,
  botId: string,
  choices: SetupChoices,
  now: number,
): string[] {
  const facts = permissionFacts(guild)
  const row = guild.get('documentMembers', { userId: botId }, ['userId', 'roles', 'timeoutUntil'])
  if (!facts || !row) return ['What the bot may do here is not known yet. Try again in a minute.']
  const missing: string[] = []
  const has = guildPermissions(facts, row, now)
  const needed = everywhere | (choices.restrictedRoleId === null ? 0n : bits.ManageRoles)
  if (needed & ~has) missing.push(`In the server: ${permissionNames(needed & ~has).join(', ')}`)
  for (const { choice, needs } of neededInChannel) {
    const channelId = choices[choice]
    if (channelId !== null) missing.push(...missingInChannel(guild, facts, row, channelId, needs, now))
  }
  if (choices.restrictedRoleId !== null && !isBelow(guild, choices.restrictedRoleId, row.roles)) {
    missing.push(
      `The bot's highest role must be above <@&${choices.restrictedRoleId}> so that it can give that role`,
    )
  }
  return missing
}

function missingInChannel(
  guild: GuildReader,
  facts: PermissionFacts,
  bot: MemberState,
  channelId: string,
  needs: bigint,
  now: number,
): string[] {
  const channel = guild.get('documentChannels', { channelId }, ['payload'])
  if (!channel) return [`<#${channelId}> no longer exists, or the bot cannot see it`]
  // Discord does not show its overwrites: what else is missing there is not known.
  if (isHiddenChannel(channel.payload))
    return [`The bot cannot see <#${channelId}>: it needs View Channel there first`]
  const has = channelPermissions(facts, bot, overwritesOf(channel.payload), now)
  const lacks = needs & ~has
  return lacks ? [`In <#${channelId}>: ${permissionNames(lacks).join(', ')}`] : []
}

const Overwrites = z.object({
  permission_overwrites: z
    .array(z.object({ id: z.string(), type: z.int(), allow: z.string(), deny: z.string() }))
    .default([]),
})

function overwritesOf(payload: Readonly<Record<string, unknown>>): Overwrite[] {
  return Overwrites.parse(payload).permission_overwrites.map((one) => ({
    id: one.id,
    type: one.type,
    allow: BigInt(one.allow),
    deny: BigInt(one.deny),
  }))
}

/** Whether a role stands below the highest of these roles, as Discord demands of whoever hands it out. */
function isBelow(guild: GuildReader, roleId: string, roles: readonly string[]): boolean {
  const position = (id: string) => guild.get('documentRoles', { roleId: id }, ['position'])?.position
  const target = position(roleId)
  const highest = Math.max(-1, ...roles.map((id) => position(id) ?? -1))
  return target !== undefined && highest > target
}
