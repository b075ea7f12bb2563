import type { DataLoss } from '@guildmesh/contracts'

/**
 * Read back over REST by the owners of the guilds: after a lost session from the first GUILD_CREATE on, after a loss in
 * one lane from the next event on.
 */
const recovered = [
  'guild, channels, roles and member count as they are now',
  'the members that were known, as they are now',
  'new messages and their reactions',
  'audit log entries, if the bot may view them',
]

/** If the owner had nothing of a guild, nobody can say what was missed. */
const recoveredFromNothing = ['guild, channels, roles and member count as they are now']

/** Events that leave no trace which REST would tell later. */
const unrecoverable = [
  'typing and presence',
  'edits of messages that were known before, and what they said in between',
  'messages sent and deleted meanwhile, and deletions of earlier ones',
  'reactions to messages that were known before',
  'who joined and left, and which roles changed, other than by the result',
  'moderation and AutoMod events other than by the audit log',
]

/**
 * What can be read back after a data loss, and what cannot.
 * @param fromNothing whether the owner had nothing of the guild before
 */
export function recoveryAfter(fromNothing: boolean): Pick<DataLoss, 'recovered' | 'unrecoverable'> {
  if (!fromNothing) return { recovered, unrecoverable }
  return {
    recovered: recoveredFromNothing,
    unrecoverable: ['every event before, and what was kept of it', ...unrecoverable],
  }
}
