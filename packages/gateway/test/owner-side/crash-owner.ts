// Delivers the same stream of messages to two guilds from its beginning, batch by batch, saying how far it is
// acknowledged; killed by the test at any point and started again, as a holder that resends everything would have it.
import { gatewayIdOf, GuildId } from '@guildmesh/contracts'
import { openGuildStore } from '@guildmesh/guild-store'
import { Metrics, systemClock } from '@guildmesh/runtime'
import { activityFeature, type Feature, on } from '@guildmesh/bot'
import { createOwner } from '../../src/composition/owner-app.ts'
import { botId, message } from '@guildmesh/bot/testing'

const batch = 5
const [path = '', count = '0'] = process.argv.slice(2)
const guildIds = ['100000000000000001', '100000000000000002'].map((id) => GuildId.parse(id))

const calling: Feature = {
  name: 'calling',
  events: [
    on('MESSAGE_CREATE', ({ content }) => ({
      calls: [{ method: 'POST', route: '/channels/1/messages', body: { content }, repeat: 'nonce' }],
    })),
  ],
}
const silent = { debug() {}, info() {}, warn() {}, error() {} }
const owner = createOwner(
  {
    store: openGuildStore({ path }),
    self: { gatewayId: gatewayIdOf(0), incarnation: () => ({ registration: 1, restart: 0 }) },
    rest: { baseUrl: 'http://127.0.0.1:9', token: { reveal: () => 'token' } },
    applicationId: botId,
    eventProbe: false,
    mayServe: () => true,
    clock: systemClock,
    log: silent,
    metrics: new Metrics({ processMetrics: false }),
  },
  { features: [activityFeature, calling] },
)
owner.reconcile(guildIds.map((guildId) => ({ guildId, epoch: 1 })))

for (let seq = 1; seq <= Number(count); seq += batch) {
  const { acks } = await owner.deliver({
    shardId: 0,
    shardCount: 1,
    shardEpoch: 1,
    holder: { gatewayId: gatewayIdOf(0), incarnation: { registration: 1, restart: 0 } },
    lanes: guildIds.map((guildId) => ({
      guildId,
      epoch: 1,
      events: Array.from({ length: batch }, (_, index) => ({
        position: { generation: 1, seq: seq + index },
        previous: seq + index === 1 ? null : { generation: 1, seq: seq + index - 1 },
        type: 'MESSAGE_CREATE',
        data: message(seq + index),
        heldMs: 0,
      })),
    })),
  })
  if (acks.some((ack) => ack.outcome === 'refused')) throw new Error(JSON.stringify(acks))
  await new Promise((resolve) => process.stdout.write(`${seq + batch - 1}\n`, resolve))
}
process.exit(0)
