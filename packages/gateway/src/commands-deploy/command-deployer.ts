import { setTimeout as sleep } from 'node:timers/promises'
import type { RESTPostAPIApplicationCommandsJSONBody } from 'discord-api-types/v10'
import { backoffMs, type LogPort } from '@guildmesh/runtime'
import { type CommandsApi, deployCommands } from './deploy-commands.ts'

export interface CommandDeployerOptions {
  readonly api: CommandsApi
  readonly commands: readonly RESTPostAPIApplicationCommandsJSONBody[]
  readonly log: LogPort
  readonly signal: AbortSignal
}

const retry = { firstMs: 1000, maxMs: 60_000, jitter: 'half' } as const

/** Deploys the commands when this gateway becomes the one to do so, and tries until Discord has them. */
export class CommandDeployer {
  readonly #options: CommandDeployerOptions
  #underWay = false

  constructor(options: CommandDeployerOptions) {
    this.#options = options
  }

  /** This gateway now holds the shard whose holder deploys. */
  start(): void {
    if (this.#underWay) return
    this.#underWay = true
    void this.#deploy().finally(() => {
      this.#underWay = false
    })
  }

  async #deploy(): Promise<void> {
    const { api, commands, log, signal } = this.#options
    for (let tries = 1; !signal.aborted; tries++) {
      try {
        await deployCommands(api, commands, log)
        return
      } catch (error) {
        if (signal.aborted) return
        log.error(
          { event: 'command-deployment-failed', err: error, tries },
          'commands could not be deployed; trying again',
        )
        await sleep(backoffMs(retry, tries, Math.random()), undefined, { signal }).catch(() => undefined)
      }
    }
  }
}
