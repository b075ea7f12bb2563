// The yardstick of the cpu bench: discord.js alone, one row a message, each commit on the disk before the next event.
// Arguments: API address, token and database file. Prints "ready" once it has every guild; exits when its stdin closes.
import BetterSqlite3 from 'better-sqlite3'
import { Client, Events, GatewayIntentBits } from 'discord.js'

const [api = '', token = '', path = ''] = process.argv.slice(2)

const database = new BetterSqlite3(path)
database.pragma('journal_mode = WAL')
database.pragma('synchronous = FULL')
database.exec(
  'CREATE TABLE messages (message_id TEXT PRIMARY KEY, guild_id TEXT, channel_id TEXT, author_id TEXT, characters INTEGER, sent_at INTEGER) STRICT',
)
const insert = database.prepare('INSERT INTO messages VALUES (?, ?, ?, ?, ?, ?)')

const client = new Client({
  // The same intents as a gateway, so that Discord sends the same events.
  intents: [
    GatewayIntentBits.Guilds,
    GatewayIntentBits.GuildMembers,
    GatewayIntentBits.GuildModeration,
    GatewayIntentBits.GuildExpressions,
    GatewayIntentBits.GuildMessages,
    GatewayIntentBits.GuildMessageReactions,
    GatewayIntentBits.MessageContent,
    GatewayIntentBits.AutoModerationExecution,
  ],
  rest: { api },
})
client.on(Events.MessageCreate, (message) => {
  insert.run(
    message.id,
    message.guildId,
    message.channelId,
    message.author.id,
    message.content.length,
    message.createdTimestamp,
  )
})
client.once(Events.ClientReady, () => process.stdout.write('ready\n'))
process.stdin.on('end', () => process.exit(0))
process.stdin.resume()
await client.login(token)
