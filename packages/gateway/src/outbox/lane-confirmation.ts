import { type GuildReader, update } from '@guildmesh/guild-store'
import { type Effects, type Feature, noEffects, on } from '@guildmesh/bot'
import type { WorkSignals } from '../commit/work-signals.ts'
import { callNonce, entryWithKey } from './call-nonce.ts'
import { mostPassed } from './next-call.ts'

/**
 * Notices the bot's own doings in the guild's lane: its messages by their nonce, other calls by the key in their audit
 * log entry. What came of a call is then known even if its answer never comes.
 * @param signals told inside the transaction of a call that is no longer in doubt
 */
export function laneConfirmation(signals: Pick<WorkSignals, 'callsWritten'>): Feature {
  const notice = (
    guild: GuildReader,
    now: number,
    isIt: (key: string) => boolean,
    body: unknown,
  ): Effects => {
    const call = callInDoubt(guild)
    if (!call || !isIt(callNonce(guild.guildId, call.sourceKey, call.ordinal))) return noEffects
    signals.callsWritten(guild.guildId)
    return { rows: [update('outbox', { callSeq: call.callSeq }, { knownResult: { body }, dueAt: now })] }
  }
  return {
    name: 'outbox-confirmation',
    events: [
      on('MESSAGE_CREATE', (message, { guild, applicationId, now }) =>
        message.author.id === applicationId && typeof message.nonce === 'string'
          ? notice(guild, now, (key) => key === message.nonce, message)
          : noEffects,
      ),
      on('GUILD_AUDIT_LOG_ENTRY_CREATE', (entry, { guild, applicationId, now }) =>
        entry.user_id === applicationId
          ? notice(guild, now, (key) => entryWithKey([entry], key) !== undefined, { id: entry.target_id })
          : noEffects,
      ),
    ],
  }
}

/**
 * The calls of a guild are made one after the other, so at most one has an outcome that is not known. Those that wait
 * for a limit can be before it.
 */
function callInDoubt(guild: GuildReader) {
  const columns = ['callSeq', 'sourceKey', 'ordinal', 'sentAt'] as const
  const of = (state: 'in_flight' | 'pending') =>
    guild.list('outbox', { state }, { columns, orderBy: 'callSeq', limit: mostPassed })
  return [...of('in_flight'), ...of('pending')].find(({ sentAt }) => sentAt !== null)
}
