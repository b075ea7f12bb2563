import type { GatewayDispatchPayload } from 'discord-api-types/v10'

/** Payload (`d`) of each dispatch by its name, as Discord documents it. */
export type EventPayloads = {
  readonly [Payload in GatewayDispatchPayload as `${Payload['t']}`]: Payload['d']
}
export type EventName = keyof EventPayloads
