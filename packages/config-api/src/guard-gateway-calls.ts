import { type Call, type ConfigPort, type GatewayId, MeshError } from '@guildmesh/contracts'

/**
 * Puts a guard before every procedure in which a gateway acts for itself (`ownerKey: 'gatewayId'`): the gateway that
 * the input names must be the one that signed the call. The one place of this check; a test walks all procedures.
 */
export function guardGatewayCalls(port: ConfigPort): ConfigPort {
  const { gateways, shards } = port
  return {
    ...port,
    gateways: {
      register: asItself((input, call) => gateways.register(input, call)),
      heartbeat: asItself((input, call) => gateways.heartbeat(input, call)),
      list: (input, call) => gateways.list(input, call),
      cordon: (input, call) => gateways.cordon(input, call),
      uncordon: (input, call) => gateways.uncordon(input, call),
    },
    shards: {
      acquire: asItself((input, call) => shards.acquire(input, call)),
      leave: asItself((input, call) => shards.leave(input, call)),
      renew: asItself((input, call) => shards.renew(input, call)),
      release: asItself((input, call) => shards.release(input, call)),
      commit: asItself((input, call) => shards.commit(input, call)),
      permit: asItself((input, call) => shards.permit(input, call)),
      reserve: asItself((input, call) => shards.reserve(input, call)),
      gap: asItself((input, call) => shards.gap(input, call)),
      gaps: (input, call) => shards.gaps(input, call),
      list: (call) => shards.list(call),
    },
  }
}

function asItself<I extends { gatewayId: GatewayId }, O>(
  method: (input: I, call: Call) => Promise<O>,
): (input: I, call: Call) => Promise<O> {
  return async (input, call) => {
    const { caller } = call
    if (caller.kind !== 'service' || caller.gatewayId !== input.gatewayId) {
      throw new MeshError({ kind: 'Forbidden', reason: `only ${input.gatewayId} itself may do this` })
    }
    return method(input, call)
  }
}
