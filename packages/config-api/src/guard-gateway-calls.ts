import { type Call, type ConfigPort, type GatewayId, MeshError } from '@guildmesh/contracts'

/**
 * Puts a guard before every procedure in which a gateway acts for itself (`ownerKey: 'gatewayId'`): the gateway that
 * the input names must be the one that signed the call. The one place of this check; a test walks all procedures.
 */
export function guardGatewayCalls(port: ConfigPort): ConfigPort {
  const { gateways, shards } = port
  const { lease, checkpoint, identify, gapLedger } = shards
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
      lease: {
        acquire: asItself((input, call) => lease.acquire(input, call)),
        leave: asItself((input, call) => lease.leave(input, call)),
        renew: asItself((input, call) => lease.renew(input, call)),
        release: asItself((input, call) => lease.release(input, call)),
        list: (call) => lease.list(call),
      },
      checkpoint: { store: asItself((input, call) => checkpoint.store(input, call)) },
      identify: {
        permit: asItself((input, call) => identify.permit(input, call)),
        reserve: asItself((input, call) => identify.reserve(input, call)),
      },
      gapLedger: {
        record: asItself((input, call) => gapLedger.record(input, call)),
        list: (input, call) => gapLedger.list(input, call),
      },
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
