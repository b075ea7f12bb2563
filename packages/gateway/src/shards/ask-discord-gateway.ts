import { type LogPort, retry, type Timers } from '@guildmesh/runtime'
import type { DiscordGateway } from './discord-gateway.ts'

const backoff = { firstMs: 500, maxMs: 30_000, jitter: 'half' } as const

export interface AskOptions {
  readonly log: LogPort
  readonly signal: AbortSignal
  /** Gets what an operator should know meanwhile. */
  readonly onProblem: (problem: string) => void
  readonly timers?: Timers
}

/** Asks Discord for its gateway until it answers. @throws the signal's reason, when it aborts */
export function askDiscordGateway(
  ask: () => Promise<DiscordGateway>,
  { log, signal, onProblem, timers }: AskOptions,
): Promise<DiscordGateway> {
  return retry(ask, {
    backoff,
    signal,
    onFailure: (error, tries) => {
      const problem = problemOf(error)
      onProblem(problem)
      log.error({ event: 'discord-gateway-unknown', tries, err: error }, problem)
    },
    timers,
  })
}

function problemOf(error: unknown): string {
  const status = error instanceof Error && 'status' in error ? error.status : null
  return status === 401
    ? 'Discord does not accept the bot token. In the Discord developer portal open the application, page "Bot", choose "Reset Token", put the new token into DISCORD_TOKEN and restart.'
    : 'Discord does not say where its gateway is; trying again. Check DISCORD_API_URL and the way to Discord.'
}
