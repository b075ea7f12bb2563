import {
  ActionRowBuilder,
  ApplicationCommandType,
  ButtonBuilder,
  ButtonStyle,
  Client,
  ContainerBuilder,
  ContextMenuCommandBuilder,
  GatewayIntentBits,
  MessageFlags,
  ModalBuilder,
  SectionBuilder,
  SeparatorBuilder,
  SlashCommandBuilder,
  StringSelectMenuBuilder,
  TextDisplayBuilder,
  TextInputBuilder,
  TextInputStyle,
  UserSelectMenuBuilder,
} from 'discord.js'
import type { Interaction } from 'discord.js'
import type { DiscordSim } from '../src/index.ts'

const books = [
  'The Left Hand of Darkness',
  'The Dispossessed',
  'A Wizard of Earthsea',
  'Piranesi',
  'Middlemarch',
]

const commands = [
  new SlashCommandBuilder()
    .setName('book')
    .setDescription('Lends a book')
    .addStringOption((option) =>
      option.setName('title').setDescription('Which one').setRequired(true).setAutocomplete(true),
    )
    .addIntegerOption((option) =>
      option.setName('weeks').setDescription('For how long').setMinValue(1).setMaxValue(4),
    ),
  new SlashCommandBuilder()
    .setName('frame')
    .setDescription('Frames a picture')
    .addAttachmentOption((option) => option.setName('picture').setDescription('Which one').setRequired(true)),
  new SlashCommandBuilder().setName('vote').setDescription('Asks with buttons'),
  new SlashCommandBuilder().setName('panel').setDescription('Shows a layout of components'),
  new SlashCommandBuilder().setName('secret').setDescription('Answers you alone'),
  new SlashCommandBuilder().setName('report').setDescription('Opens a form'),
  new SlashCommandBuilder()
    .setName('staff')
    .setDescription('For moderators')
    .setDefaultMemberPermissions(8n)
    .addSubcommand((sub) => sub.setName('list').setDescription('Who they are')),
].map((command) => command.toJSON())

const menus = [
  new ContextMenuCommandBuilder().setName('Quote').setType(ApplicationCommandType.Message),
  new ContextMenuCommandBuilder().setName('Profile').setType(ApplicationCommandType.User),
].map((command) => command.toJSON())

/** A discord.js bot that uses a bit of everything that the chat page can show. */
export async function startChatBot(sim: DiscordSim): Promise<AsyncDisposable> {
  const client = new Client({
    intents: [GatewayIntentBits.Guilds, GatewayIntentBits.GuildMessages, GatewayIntentBits.MessageContent],
    rest: { api: sim.urls.api },
  })
  client.on('interactionCreate', (interaction) => {
    // The simulator may be gone before the answer is: that ends the test, not the bot.
    answer(interaction).catch(() => undefined)
  })
  const ready = new Promise<void>((resolve) => client.once('clientReady', () => resolve()))
  await client.login((await sim.control.app()).token)
  await ready
  await client.application?.commands.set([...commands, ...menus])
  return { [Symbol.asyncDispose]: () => client.destroy() }
}

async function answer(interaction: Interaction): Promise<void> {
  if (interaction.isAutocomplete()) {
    const typed = interaction.options.getFocused().toLowerCase()
    const found = books.filter((title) => title.toLowerCase().includes(typed))
    return interaction.respond(found.map((title) => ({ name: title, value: title })))
  }
  if (interaction.isMessageContextMenuCommand()) {
    await interaction.reply(`> ${interaction.targetMessage.content}`)
  } else if (interaction.isUserContextMenuCommand()) {
    await interaction.reply({
      content: `**${interaction.targetUser.username}**`,
      flags: MessageFlags.Ephemeral,
    })
  } else if (interaction.isButton()) {
    await interaction.update({ content: `You said **${interaction.customId}**.`, components: [] })
  } else if (interaction.isAnySelectMenu()) {
    await interaction.reply({
      content: `Chosen: ${interaction.values.join(', ')}`,
      flags: MessageFlags.Ephemeral,
    })
  } else if (interaction.isModalSubmit()) {
    await interaction.reply(`Reported: ${interaction.fields.getTextInputValue('what')}`)
  } else if (interaction.isChatInputCommand()) await runCommand(interaction)
}

async function runCommand(interaction: Extract<Interaction, { commandName: string }>): Promise<void> {
  if (!interaction.isChatInputCommand()) return
  switch (interaction.commandName) {
    case 'book': {
      const weeks = interaction.options.getInteger('weeks') ?? 2
      await interaction.reply(
        `*${interaction.options.getString('title', true)}* is yours for ${weeks} weeks.`,
      )
      return
    }
    case 'frame': {
      const picture = interaction.options.getAttachment('picture', true)
      await interaction.reply(`Framed ${picture.name}, ${picture.size} bytes`)
      return
    }
    case 'vote':
      await interaction.reply({ content: 'Shall we meet on **Saturday**?', components: [voteRow()] })
      return
    case 'panel':
      await interaction.reply({ components: [panel()], flags: MessageFlags.IsComponentsV2 })
      return
    case 'secret':
      await interaction.reply({ content: 'The key is under the mat.', flags: MessageFlags.Ephemeral })
      return
    case 'report':
      await interaction.showModal(reportModal())
      return
    default:
      await interaction.reply('Nobody yet.')
  }
}

function voteRow() {
  return new ActionRowBuilder<ButtonBuilder>().addComponents(
    new ButtonBuilder().setCustomId('yes').setLabel('Yes').setEmoji('👍').setStyle(ButtonStyle.Success),
    new ButtonBuilder().setCustomId('no').setLabel('No').setStyle(ButtonStyle.Danger),
    new ButtonBuilder().setCustomId('later').setLabel('Ask me later').setStyle(ButtonStyle.Secondary),
    new ButtonBuilder().setLabel('Why Saturday?').setURL('https://example.com').setStyle(ButtonStyle.Link),
  )
}

function panel() {
  return new ContainerBuilder()
    .setAccentColor(0x4b54c4)
    .addTextDisplayComponents(
      new TextDisplayBuilder().setContent(
        '## Reading club\nPick what we read **next month**.\n-# Votes are public',
      ),
    )
    .addSeparatorComponents(new SeparatorBuilder())
    .addSectionComponents(
      new SectionBuilder()
        .addTextDisplayComponents(
          new TextDisplayBuilder().setContent('**Piranesi** by Susanna Clarke\n- 272 pages\n- labyrinths'),
        )
        .setButtonAccessory(
          new ButtonBuilder().setCustomId('piranesi').setLabel('Vote').setStyle(ButtonStyle.Primary),
        ),
    )
    .addActionRowComponents(
      new ActionRowBuilder<StringSelectMenuBuilder>().addComponents(
        new StringSelectMenuBuilder()
          .setCustomId('genre')
          .setPlaceholder('Or choose a genre')
          .addOptions(
            { label: 'Fantasy', value: 'fantasy', description: 'Dragons and doors', emoji: '🐉' },
            { label: 'Mystery', value: 'mystery', description: 'Somebody did it', emoji: '🔎' },
            { label: 'Essays', value: 'essays' },
          ),
      ),
    )
    .addActionRowComponents(
      new ActionRowBuilder<UserSelectMenuBuilder>().addComponents(
        new UserSelectMenuBuilder().setCustomId('host').setPlaceholder('Who hosts?').setMaxValues(2),
      ),
    )
}

function reportModal() {
  return new ModalBuilder()
    .setCustomId('report')
    .setTitle('Report something')
    .addLabelComponents((label) =>
      label
        .setLabel('What happened?')
        .setDescription('As much as you want to say')
        .setTextInputComponent(
          new TextInputBuilder().setCustomId('what').setStyle(TextInputStyle.Paragraph).setMinLength(3),
        ),
    )
    .addLabelComponents((label) =>
      label
        .setLabel('Who else saw it?')
        .setUserSelectMenuComponent(
          new UserSelectMenuBuilder().setCustomId('who').setRequired(false).setMaxValues(3),
        ),
    )
}
