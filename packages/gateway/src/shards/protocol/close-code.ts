import { GatewayCloseCodes } from 'discord-api-types/v10'

/** What a closed socket means for the Discord session. */
export type AfterClose =
  /** The session lives on: RESUME. */
  | { readonly next: 'resume' }
  /** Discord has ended the session: IDENTIFY. */
  | { readonly next: 'new-session' }
  /** Connecting again cannot help, and would burn the identify budget: somebody must change a setting. */
  | { readonly next: 'never'; readonly message: string }

/** With this code a holder leaves a socket whose session shall live on: anything but 1000 and 1001 keeps it. */
export const keepSessionCode = 4200

const newSessionCodes: ReadonlySet<number> = new Set([
  GatewayCloseCodes.InvalidSeq,
  GatewayCloseCodes.SessionTimedOut,
])

/** Why Discord will not have us, and what to change. */
const refusals: ReadonlyMap<number, string> = new Map([
  [
    GatewayCloseCodes.AuthenticationFailed,
    'the bot token is not valid. In the Discord developer portal open the application, page "Bot", choose "Reset Token", put the new token into DISCORD_TOKEN and restart.',
  ],
  [
    GatewayCloseCodes.InvalidShard,
    'the shard number does not exist. Check SHARD_COUNT: it must be the same on every gateway of the mesh.',
  ],
  [
    GatewayCloseCodes.ShardingRequired,
    'the shard would hold more than 2,500 guilds. Raise SHARD_COUNT, or leave it unset to take the number that Discord recommends.',
  ],
  [GatewayCloseCodes.InvalidAPIVersion, 'Discord no longer speaks this gateway version. Upgrade guildmesh.'],
  [
    GatewayCloseCodes.InvalidIntents,
    'Discord does not know one of the requested intents. Upgrade guildmesh.',
  ],
  [
    GatewayCloseCodes.DisallowedIntents,
    'the application may not use its privileged intents. In the Discord developer portal open the application, page "Bot", section "Privileged Gateway Intents", and switch on "Server Members Intent" and "Message Content Intent"; then restart.',
  ],
])

/**
 * Source: https://discord.com/developers/docs/topics/opcodes-and-status-codes#gateway-gateway-close-event-codes
 * A code that Discord's list does not know is tried with RESUME, which costs nothing.
 */
export function afterClose(code: number): AfterClose {
  if (newSessionCodes.has(code)) return { next: 'new-session' }
  const why = refusals.get(code)
  return why === undefined
    ? { next: 'resume' }
    : { next: 'never', message: `Discord refused the connection for good (close code ${code}): ${why}` }
}
