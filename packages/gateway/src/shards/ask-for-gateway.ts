import { setTimeout as sleep } from 'node:timers/promises'
import { backoffMs, type LogPort } from '@guildmesh/runtime'
import type { DiscordGateway } from './discord-gateway.ts'

const retry = { firstMs: 500, maxMs: 30_000, jitter: 'half' } as const

/** Asks Discord for its gateway until it answers. `onProblem` gets what an operator should know meanwhile. */
export async function askForGateway(
  ask: () => Promise<DiscordGateway>,
  { log, signal, onProblem }: { log: LogPort; signal: AbortSignal; onProblem: (problem: string) => void },
): Promise<DiscordGateway> {
  for (let tries = 1; ; tries++) {
    signal.throwIfAborted()
    try {
      return await ask()
    } catch (error) {
      const problem = problemOf(error)
      onProblem(problem)
      log.error({ err: error, tries }, problem)
      await sleep(backoffMs(retry, tries, Math.random()), undefined, { signal })
    }
  }
}

function problemOf(error: unknown): string {
  const status = error instanceof Error && 'status' in error ? error.status : null
  return status === 401
    ? 'Discord does not accept the bot token. In the Discord developer portal open the application, page "Bot", choose "Reset Token", put the new token into DISCORD_TOKEN and restart.'
    : 'Discord does not say where its gateway is; trying again. Check DISCORD_API_URL and the way to Discord.'
}
