// Writes one message and the cursor per transaction for ever, two guilds a group, saying how far it got; killed by the test.
import { GuildId } from '@guildmesh/contracts'
import { openGuildStore, put } from '../src/index.ts'

const [path = '', firstSeq = '1'] = process.argv.slice(2)
const store = openGuildStore({ path })
const guildIds = ['100000000000000001', '100000000000000002'].map((id) => GuildId.parse(id))
store.ownership.reconcile(
  guildIds.map((guildId) => ({ guildId, epoch: 1 })),
  0,
)
for (let seq = Number(firstSeq); ; seq++) {
  store.transact(
    guildIds.map((guildId) => ({
      guildId,
      epoch: 1,
      run(writer) {
        writer.apply([
          put('messageStats', {
            messageId: String(seq),
            authorId: '1',
            channelId: '1',
            characters: 0,
            words: 0,
            codeBlocks: [],
            links: [],
            sentAt: seq,
          }),
        ])
        writer.moveCursor({
          position: { generation: 1, seq },
          shardId: 0,
          shardCount: 1,
          shardEpoch: 1,
          appliedAt: 0,
          eventLagMs: 0,
        })
      },
    })),
  )
  await new Promise((resolve) => process.stdout.write(`${seq}\n`, resolve))
}
