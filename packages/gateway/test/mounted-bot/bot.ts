/* oxlint-disable typescript/no-misused-promises -- listeners of discord.js are async as bots write them */
import { setTimeout as sleep } from 'node:timers/promises'
import {
  ActionRowBuilder,
  ApplicationCommandType,
  AttachmentBuilder,
  ButtonBuilder,
  ButtonStyle,
  type ChatInputCommandInteraction,
  type Client,
  ContextMenuCommandBuilder,
  Events,
  MessageFlags,
  ModalBuilder,
  SlashCommandBuilder,
  StringSelectMenuBuilder,
  TextInputBuilder,
  TextInputStyle,
} from 'discord.js'

/** A small bot as people publish them: written for discord.js alone, it knows nothing of where it runs. */

const fruits = ['apple', 'apricot', 'banana', 'cherry']

export const commands = [
  new SlashCommandBuilder().setName('ping').setDescription('Says pong'),
  new SlashCommandBuilder()
    .setName('limit')
    .setDescription('The limit of this server')
    .addSubcommand((set) =>
      set
        .setName('set')
        .setDescription('Sets it')
        .addIntegerOption((value) => value.setName('value').setDescription('How many').setRequired(true)),
    )
    .addSubcommand((show) => show.setName('show').setDescription('Shows it')),
  new SlashCommandBuilder().setName('vote').setDescription('A vote with a button'),
  new SlashCommandBuilder().setName('colour').setDescription('A menu to select from'),
  new SlashCommandBuilder().setName('feedback').setDescription('A form'),
  new SlashCommandBuilder()
    .setName('fruit')
    .setDescription('Suggests while you type')
    .addStringOption((name) =>
      name.setName('name').setDescription('Which').setRequired(true).setAutocomplete(true),
    ),
  new SlashCommandBuilder().setName('report').setDescription('Takes a while, for you alone'),
  new SlashCommandBuilder().setName('story').setDescription('Goes on and on'),
  new ContextMenuCommandBuilder().setName('Who is this').setType(ApplicationCommandType.User),
  new ContextMenuCommandBuilder().setName('Quote this').setType(ApplicationCommandType.Message),
  new SlashCommandBuilder().setName('export').setDescription('Answers with a file'),
  new SlashCommandBuilder().setName('slow').setDescription('Answers after Discord has lost patience'),
]

const limits = new Map<string, number>()

const answers: Record<string, (interaction: ChatInputCommandInteraction) => Promise<unknown>> = {
  ping: (interaction) => interaction.reply(`pong in ${interaction.guild?.name ?? 'nowhere'}`),
  limit: async (interaction) => {
    const guildId = interaction.guildId ?? ''
    if (interaction.options.getSubcommand() === 'set') {
      limits.set(guildId, interaction.options.getInteger('value', true))
    }
    await interaction.reply({ content: `limit ${limits.get(guildId)}`, flags: MessageFlags.Ephemeral })
  },
  vote: (interaction) =>
    interaction.reply({
      content: 'votes: 0',
      components: [
        new ActionRowBuilder<ButtonBuilder>().addComponents(
          new ButtonBuilder().setCustomId('vote:1').setLabel('Vote').setStyle(ButtonStyle.Primary),
        ),
      ],
    }),
  colour: (interaction) =>
    interaction.reply({
      content: 'which colour?',
      components: [
        new ActionRowBuilder<StringSelectMenuBuilder>().addComponents(
          new StringSelectMenuBuilder()
            .setCustomId('colour')
            .addOptions({ label: 'Red', value: 'red' }, { label: 'Blue', value: 'blue' }),
        ),
      ],
    }),
  feedback: (interaction) =>
    interaction.showModal(
      new ModalBuilder()
        .setCustomId('feedback')
        .setTitle('Feedback')
        .addComponents(
          new ActionRowBuilder<TextInputBuilder>().addComponents(
            new TextInputBuilder().setCustomId('text').setLabel('What').setStyle(TextInputStyle.Short),
          ),
        ),
    ),
  fruit: (interaction) => interaction.reply(`one ${interaction.options.getString('name', true)}`),
  report: async (interaction) => {
    await interaction.deferReply({ flags: MessageFlags.Ephemeral })
    await interaction.editReply('the report')
  },
  story: async (interaction) => {
    await interaction.reply('once')
    await interaction.followUp('upon')
    await interaction.followUp({ content: 'a time', flags: MessageFlags.Ephemeral })
  },
  export: async (interaction) => {
    const file = new AttachmentBuilder(Buffer.from('a,b\n1,2\n')).setName('export.csv')
    const { resource } = await interaction.reply({ content: 'here', files: [file], withResponse: true })
    await resource?.message?.edit(`here, as ${resource.message.attachments.first()?.name}`)
  },
  slow: async (interaction) => {
    await sleep(2500)
    await interaction.reply({ content: 'at last', flags: MessageFlags.Ephemeral })
  },
}

export default function mount(client: Client): void {
  client.on(Events.InteractionCreate, async (interaction) => {
    if (interaction.isChatInputCommand()) await answers[interaction.commandName]?.(interaction)
    else if (interaction.isAutocomplete()) {
      const typed = interaction.options.getFocused()
      const found = fruits.filter((fruit) => fruit.startsWith(typed))
      await interaction.respond(found.map((fruit) => ({ name: fruit, value: fruit })))
    } else if (interaction.isUserContextMenuCommand()) {
      await interaction.reply(`this is ${interaction.targetUser.username}`)
    } else if (interaction.isMessageContextMenuCommand()) {
      await interaction.reply(`> ${interaction.targetMessage.content}`)
    } else if (interaction.isButton()) {
      const votes = Number(interaction.message.content.split(' ').at(-1)) + 1
      await interaction.update(`votes: ${votes}`)
    } else if (interaction.isStringSelectMenu()) {
      await interaction.update({ content: `you took ${interaction.values.join()}`, components: [] })
    } else if (interaction.isModalSubmit()) {
      await interaction.reply(`thanks for “${interaction.fields.getTextInputValue('text')}”`)
    }
  })

  client.on(Events.MessageCreate, async (message) => {
    if (message.author.bot || message.content !== '!count') return
    const members = await message.guild?.members.fetch()
    await message.reply(`${members?.size} members, ${message.guild?.channels.cache.size} channels`)
  })

  client.on(Events.GuildCreate, async (guild) => {
    await guild.systemChannel?.send('hello, I am new here')
  })
}
