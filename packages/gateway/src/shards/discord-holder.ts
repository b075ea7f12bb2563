import type { GuildId } from '@guildmesh/contracts'
import type { ShardClaim } from '../delivery/keepers-port.ts'
import { askDiscordGateway } from './ask-discord-gateway.ts'
import type { DiscordGateway } from './discord-gateway.ts'
import type { HeldShardView } from './held-shard.ts'
import { ShardHolder, type ShardHolderOptions } from './shard-holder.ts'

export interface DiscordHolderOptions extends Omit<ShardHolderOptions, 'discord' | 'shardCount'> {
  readonly askDiscord: () => Promise<DiscordGateway>
  /** What the operator set; `null`: what Discord recommends. */
  readonly shardCount: number | null
}

/** Holds shards as soon as Discord has said where its gateway is. Until then `problem` says what is in the way. */
export class DiscordHolder {
  readonly #options: DiscordHolderOptions
  #holder: ShardHolder | null = null
  #problem: string | null = 'Discord was not asked for its gateway yet'

  constructor(options: DiscordHolderOptions) {
    this.#options = options
  }

  get problem(): string | null {
    return this.#problem
  }

  get views(): readonly HeldShardView[] {
    return this.#holder?.views ?? []
  }

  async run(signal: AbortSignal): Promise<void> {
    const { askDiscord, shardCount, delivery } = this.#options
    const discord = await askDiscordGateway(askDiscord, {
      log: delivery.log,
      signal,
      onProblem: (problem) => {
        this.#problem = problem
      },
    })
    this.#problem = null
    this.#holder = new ShardHolder({
      ...this.#options,
      discord,
      shardCount: shardCount ?? discord.recommendedShards,
    })
    await this.#holder.run(signal)
  }

  /** Routes have changed: of one guild, or of any. */
  reroute(guildId: GuildId | null): void {
    this.#holder?.reroute(guildId)
  }

  /** See `ShardHolder.yieldTo`. */
  yieldTo(claim: ShardClaim): void {
    this.#holder?.yieldTo(claim)
  }

  async drain(): Promise<void> {
    await this.#holder?.drain()
  }

  async stop(): Promise<void> {
    await this.#holder?.stop()
  }
}
