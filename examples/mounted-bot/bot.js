// A small discord.js bot. It knows nothing of guildmesh: the same file could run on its own, with `client.login(…)`.
import { ActionRowBuilder, ButtonBuilder, ButtonStyle, Events, SlashCommandBuilder } from 'discord.js'

const usualSides = 6

/** Deployed together with the commands of guildmesh's own features. */
export const commands = [
  new SlashCommandBuilder()
    .setName('roll')
    .setDescription('Rolls a die')
    .addIntegerOption((sides) =>
      sides.setName('sides').setDescription('How many sides it has').setMinValue(2).setMaxValue(1000),
    ),
]

function rolled(sides) {
  const again = new ButtonBuilder()
    .setCustomId(`roll:${sides}`)
    .setLabel('Roll again')
    .setStyle(ButtonStyle.Secondary)
  return {
    content: `🎲 ${1 + Math.floor(Math.random() * sides)} of ${sides}`,
    components: [new ActionRowBuilder().addComponents(again)],
  }
}

/** Adds the bot's listeners. The client is connected already, so there is no `login`. */
export default function mount(client) {
  client.on(Events.InteractionCreate, async (interaction) => {
    if (interaction.isChatInputCommand() && interaction.commandName === 'roll') {
      await interaction.reply(rolled(interaction.options.getInteger('sides') ?? usualSides))
    } else if (interaction.isButton() && interaction.customId.startsWith('roll:')) {
      await interaction.update(rolled(Number(interaction.customId.slice('roll:'.length))))
    }
  })

  client.on(Events.MessageCreate, async (message) => {
    if (message.author.bot || message.content !== 'hello bot') return
    await message.reply(`Hello ${message.author.username}, welcome to ${message.guild.name}!`)
  })
}
