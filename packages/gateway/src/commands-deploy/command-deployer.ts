import type { RESTPostAPIApplicationCommandsJSONBody } from 'discord-api-types/v10'
import { type LogPort, type Timers, Worker } from '@guildmesh/runtime'
import { type CommandsApi, CommandsLimited, deployCommands } from './deploy-commands.ts'

export interface CommandDeployerOptions {
  readonly api: CommandsApi
  readonly commands: readonly RESTPostAPIApplicationCommandsJSONBody[]
  readonly log: LogPort
  readonly signal: AbortSignal
  readonly timers?: Timers
}

const backoff = { firstMs: 1000, maxMs: 60_000, jitter: 'half' } as const

/** Deploys the commands when this gateway becomes the one to do so, and tries until Discord has them. */
export class CommandDeployer {
  readonly #worker: Worker

  constructor({ api, commands, log, signal, timers }: CommandDeployerOptions) {
    this.#worker = new Worker({
      async work() {
        try {
          await deployCommands(api, commands, log)
          return null
        } catch (error) {
          if (!(error instanceof CommandsLimited)) throw error
          log.error(
            { event: 'commands-limited', err: error, retryAfterMs: error.retryAfterMs },
            'Discord takes no new commands for now; trying again when it does',
          )
          return error.retryAfterMs
        }
      },
      firstPauseMs: null,
      backoff,
      onFailure: (error, tries) =>
        log.error(
          { event: 'command-deployment-failed', err: error, tries },
          'commands could not be deployed; trying again',
        ),
      timers,
    })
    void this.#worker.run(signal)
  }

  /** This gateway now holds the shard whose holder deploys. */
  start(): void {
    this.#worker.wake()
  }
}
