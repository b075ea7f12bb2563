// Starts a simulator with the bot of the chat tests, to look at the chat page: `npm run chat`.
import { buildChat } from '../packaging/build-chat.ts'
import { startDiscordSim } from '../src/index.ts'
import { startChatBot } from './chat-bot.ts'

await buildChat()
const sim = await startDiscordSim({
  port: Number(process.env['PORT'] ?? 4400),
  guilds: 6,
  shards: 1,
  identify: { perKeyMs: 0 },
})
await startChatBot(sim)
process.stdout.write(`${sim.urls.base}/chat\n`)
