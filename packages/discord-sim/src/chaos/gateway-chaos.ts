import { GatewayOpcodes } from 'discord-api-types/v10'
import type { GatewayConnection } from '../gateway/gateway-connection.ts'
import type { GatewayFaults } from '../gateway/gateway-faults.ts'
import type { Random } from '../random.ts'
import { setGuildOutage } from '../resources/guilds.ts'
import type { ChaosGround, ChaosKind, Lasting } from './chaos-kinds.ts'

/** A random socket that carries a session, if there is one. */
function someSocket({ gateway }: ChaosGround, random: Random): GatewayConnection | null {
  const open = gateway.connections().filter((connection) => connection.session !== null)
  return open.length === 0 ? null : random.pick(open)
}

/** Does something to one random socket. */
function toSocket(act: (connection: GatewayConnection, ground: ChaosGround) => void): ChaosKind['play'] {
  return (ground, random) => {
    const connection = someSocket(ground, random)
    if (connection) act(connection, ground)
    return null
  }
}

/** Sets a standing fault that is over by itself once it has hit. */
function nextTime(change: (faults: GatewayFaults, random: Random) => void): ChaosKind['play'] {
  return (ground, random) => {
    ground.gateway.setFaults((faults) => change(faults, random))
    // Who must connect for it to strike is cut off, or it would wait for long.
    someSocket(ground, random)?.drop()
    return null
  }
}

/** A fault that stands for some seconds. */
function forSeconds(
  seconds: [number, number],
  set: (faults: GatewayFaults, random: Random) => void,
  unset: (faults: GatewayFaults) => void,
): ChaosKind['play'] {
  return ({ gateway }, random): Lasting => {
    gateway.setFaults((faults) => set(faults, random))
    return { forMs: between(random, seconds), end: () => gateway.setFaults(unset) }
  }
}

const between = (random: Random, [low, high]: [number, number]) => random.between(low * 1_000, high * 1_000)

const gateway = 'gateway' as const

/** What may happen to sockets and sessions. */
export const gatewayChaos = {
  'drop-socket': { group: gateway, play: toSocket((connection) => connection.drop()) },
  'close-socket': { group: gateway, play: toSocket((connection) => connection.close(4000)) },
  'op-7': {
    group: gateway,
    play: toSocket((connection) => {
      connection.ask(GatewayOpcodes.Reconnect, null)
      connection.closeSoon()
    }),
  },
  'op-7-for-hello': {
    group: gateway,
    play: nextTime((faults) => {
      faults.reconnectsInsteadOfHello = 1
    }),
  },
  'heartbeat-request': {
    group: gateway,
    play: toSocket((connection) => connection.ask(GatewayOpcodes.Heartbeat, null)),
  },
  'resumable-op-9': {
    group: gateway,
    play: (ground, random) => {
      const session = someSocket(ground, random)?.session
      if (session) ground.gateway.invalidateSessions(session, true)
      return null
    },
  },
  'broken-replay': {
    group: gateway,
    play: nextTime((faults, random) => {
      const how = random.pick(['drop', 'reconnect', 'resumable-invalid-session'] as const)
      faults.brokenReplay = { how, afterEvents: random.below(20), left: random.between(1, 3) }
    }),
  },
  'close-after-resumed': {
    group: gateway,
    play: nextTime((faults, random) => {
      faults.closings.RESUMED = { code: random.chance(0.5) ? 4000 : null, left: random.between(1, 3) }
    }),
  },
  'withheld-answers': {
    group: gateway,
    play: (ground, random) => {
      const lasting = forSeconds(
        [3, 12],
        (faults) => {
          faults.withheld = { resumes: true }
        },
        (faults) => {
          faults.withheld = null
        },
      )(ground, random)
      someSocket(ground, random)?.drop()
      return lasting
    },
  },
  silence: {
    group: gateway,
    play: forSeconds(
      [1, 4],
      (faults) => {
        faults.silent = {}
      },
      (faults) => {
        faults.silent = null
      },
    ),
  },
  'slow-sockets': {
    group: gateway,
    play: forSeconds(
      [2, 8],
      (faults, random) => {
        faults.delayMs = random.between(20, 400)
      },
      (faults) => {
        faults.delayMs = 0
      },
    ),
  },
  'resume-host-down': {
    group: gateway,
    play: ({ resumeListener }, random) => {
      void resumeListener.stop()
      return { forMs: between(random, [3, 12]), end: () => void resumeListener.start() }
    },
  },
  'op-9': {
    group: gateway,
    losesEvents: true,
    play: (ground, random) => {
      const session = someSocket(ground, random)?.session
      if (session) ground.gateway.invalidateSessions(session, false)
      return null
    },
  },
  'refused-resume': {
    group: gateway,
    losesEvents: true,
    play: nextTime((faults) => {
      faults.refuseResumes = 1
    }),
  },
  'guild-outage': {
    group: gateway,
    losesEvents: true,
    play: ({ world }, random) => {
      const guild = random.pick([...world.guilds.values()])
      setGuildOutage(world, guild, true)
      return { forMs: between(random, [3, 10]), end: () => setGuildOutage(world, guild, false) }
    },
  },
} satisfies Record<string, ChaosKind>
