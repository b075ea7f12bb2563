import { Collection } from '@discordjs/collection'
import {
  type IShardingStrategy,
  type WebSocketManager,
  WebSocketShardEvents,
  WebSocketShardStatus,
} from '@discordjs/ws'
import type {
  GatewayDispatchPayload,
  GatewayReadyDispatchData,
  GatewaySendPayload,
} from 'discord-api-types/v10'

/** The one shard that the client believes to have. */
const virtualShard = 0

/** Stands in for the shards of a discord.js client: there is no socket, and dispatches come from this gateway. */
export class RelayStrategy implements IShardingStrategy {
  readonly #manager: WebSocketManager
  readonly #send: (payload: GatewaySendPayload) => void
  #sequence = 0

  /** @param send gets what the client wants to tell Discord's gateway */
  constructor(manager: WebSocketManager, send: (payload: GatewaySendPayload) => void) {
    this.#manager = manager
    this.#send = send
  }

  connect(): void {}
  destroy(): void {}
  spawn(): void {}

  send(_shardId: number, payload: GatewaySendPayload): void {
    this.#send(payload)
  }

  fetchStatus(): Collection<number, WebSocketShardStatus> {
    return new Collection([[virtualShard, WebSocketShardStatus.Ready]])
  }

  /** The beginning of the client's only session. */
  ready(data: GatewayReadyDispatchData): void {
    this.#manager.emit(WebSocketShardEvents.Ready, { data, shardId: virtualShard })
    this.dispatch('READY', data)
  }

  /** Everything that listens has been called when this returns. */
  dispatch(type: string, data: unknown): void {
    this.#sequence += 1
    const payload = { op: 0, s: this.#sequence, t: type, d: data }
    this.#manager.emit(WebSocketShardEvents.Dispatch, {
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- as it came from Discord, or built like it
      data: payload as GatewayDispatchPayload,
      shardId: virtualShard,
    })
  }
}
