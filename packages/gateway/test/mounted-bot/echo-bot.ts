/* oxlint-disable typescript/no-misused-promises -- listeners of discord.js are async as bots write them */
import { type Client, Events } from 'discord.js'

/** Answers every message of a person. Says nothing of where it runs, and must not answer itself. */
export default {
  mount(client: Client): void {
    client.on(Events.MessageCreate, (message) =>
      message.author.bot ? undefined : message.channel.send(`heard ${message.content}`),
    )
    client.on(Events.GuildCreate, (guild) => guild.systemChannel?.send('heard a new guild'))
  },
}
