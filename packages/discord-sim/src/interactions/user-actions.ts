import type { APIInteraction, APIMessage } from 'discord-api-types/v10'
import { renderMessage } from '../resources/message-payload.ts'
import { requireMessage } from '../resources/messages.ts'
import { entitlementsFor } from '../resources/entitlements.ts'
import { renderMember } from '../resources/member-payload.ts'
import { canView } from '../resources/permissions.ts'
import type { ChannelState, CommandState, GuildState } from '../state/entities.ts'
import type { World } from '../state/world.ts'
import type { AttachmentStore } from '../forms/attachment-store.ts'
import { findComponent } from '../resources/component-tree.ts'
import type { LooseComponent } from '../resources/component-tree.ts'
import { SimError } from '../discord-error.ts'
import { buildOptions, Resolved } from './command-options.ts'
import { ModalFill } from './modal-fill.ts'
import type { ModalValues } from './modal-fill.ts'
import type { OptionValues } from './command-options.ts'
import { appPermissions, permissionsOf, renderInteractionChannel } from './interaction-channel.ts'
import type { InteractionKind, InteractionRecord } from './interaction-record.ts'
import type { InteractionService } from './interaction-service.ts'
import { keepUpload } from './uploaded-files.ts'
import type { PersonFile } from './uploaded-files.ts'
import { refuseCommand, registeredCommands } from './usable-commands.ts'

/** Where a user acts. */
export interface ActionPlace {
  userId: string
  channelId: string
}

export interface CommandAction extends ActionPlace {
  /** The command's name; subcommands after it, separated by spaces (`config set`). */
  command: string
  /** Files are for attachments. */
  options?: Record<string, OptionValues[string] | PersonFile> | undefined
  /** For commands of the user and message menus. */
  targetId?: string | undefined
}

export interface TypingAction extends ActionPlace {
  command: string
  options?: OptionValues | undefined
  /** The option that is being typed. */
  focused: string
}

export interface ComponentAction extends ActionPlace {
  messageId: string
  customId: string
  /** What a select was set to; ids for users, roles and channels. */
  values?: string[] | undefined
}

export interface ModalAction {
  /** The interaction that was answered with the modal. */
  interactionId: string
  /** By custom id of the inputs. */
  values: ModalValues
}

const buttonType = 2

/** Lets simulated people use commands, buttons, selects, modals and autocomplete. */
export class UserActions {
  readonly #world: World
  readonly #service: InteractionService
  readonly #attachments: AttachmentStore

  constructor(world: World, service: InteractionService, attachments: AttachmentStore) {
    this.#world = world
    this.#service = service
    this.#attachments = attachments
  }

  runCommand(action: CommandAction): InteractionRecord {
    const { channel, guild } = this.#place(action)
    const { command, path } = this.#findCommand(guild, action.command)
    this.#requireAllowed(guild, channel, action.userId, command)
    const resolved = new Resolved(this.#world, guild, channel, action.userId)
    const data = {
      id: command.id,
      name: command.name,
      type: command.type,
      ...(command.guild_id === undefined ? {} : { guild_id: command.guild_id }),
      ...(command.type === 1
        ? {
            options: buildOptions(
              command,
              path,
              this.#keepFiles(action.options ?? {}, channel, resolved),
              resolved,
            ),
          }
        : { target_id: this.#resolveTarget(command, channel, action.targetId, resolved) }),
    }
    return this.#send(2, action, channel, guild, command.name, {
      data: { ...data, resolved: resolved.toPayload() },
    })
  }

  /** The values with attachment ids in place of files. */
  #keepFiles(
    values: Record<string, OptionValues[string] | PersonFile>,
    channel: ChannelState,
    resolved: Resolved,
  ): OptionValues {
    return Object.fromEntries(
      Object.entries(values).map(([name, value]) => [
        name,
        typeof value === 'object' ? keepUpload(this.#attachments, channel.id, resolved, value) : value,
      ]),
    )
  }

  autocomplete(action: TypingAction): InteractionRecord {
    const { channel, guild } = this.#place(action)
    const { command, path } = this.#findCommand(guild, action.command)
    this.#requireAllowed(guild, channel, action.userId, command)
    const resolved = new Resolved(this.#world, guild, channel, action.userId)
    const options = buildOptions(command, path, action.options ?? {}, resolved, action.focused)
    const data = { id: command.id, name: command.name, type: command.type, options }
    return this.#send(4, action, channel, guild, command.name, { data })
  }

  useComponent(action: ComponentAction): InteractionRecord {
    const { channel, guild } = this.#place(action)
    const message = requireMessage(channel, action.messageId)
    if (message.ephemeralFor !== null && message.ephemeralFor !== action.userId) {
      throw new SimError('this user does not see that message: it is ephemeral for someone else')
    }
    const component = findComponent(message.components, action.customId)
    if (!component) throw new SimError(`message ${message.id} has no component "${action.customId}"`)
    if (component.disabled === true) throw new SimError(`component "${action.customId}" is disabled`)
    const resolved = new Resolved(this.#world, guild, channel, action.userId)
    const values = action.values ?? []
    if (component.type !== buttonType) requireSelectable(component, action.customId, values)
    for (const value of values) resolved.addSelected(component.type, value)
    const data = {
      custom_id: action.customId,
      component_type: component.type,
      id: component.id ?? 0,
      ...(component.type === buttonType ? {} : { values, resolved: resolved.toPayload() }),
    }
    return this.#send(
      3,
      action,
      channel,
      guild,
      action.customId,
      {
        data,
        message: renderMessage(this.#world, message),
      },
      message.id,
    )
  }

  submitModal(action: ModalAction): InteractionRecord {
    const opener = this.#service.find(action.interactionId)
    if (!opener?.modal)
      throw new SimError(`interaction ${action.interactionId} was not answered with a modal`)
    const { channel, guild } = this.#place(opener)
    const source = opener.messageId === null ? undefined : channel.messages?.get(opener.messageId)
    const resolved = new Resolved(this.#world, guild, channel, opener.userId)
    const fill = new ModalFill(action.values, resolved, this.#attachments, channel.id)
    const components = fill.components(opener.modal.components)
    const extra: Record<string, unknown> = {
      data: { custom_id: opener.modal.custom_id, components, resolved: resolved.toPayload() },
      ...(source ? { message: renderMessage(this.#world, source) satisfies APIMessage } : {}),
    }
    return this.#send(5, opener, channel, guild, opener.modal.custom_id, extra, source?.id ?? null, opener.id)
  }

  #place(action: ActionPlace): { channel: ChannelState; guild: GuildState | null } {
    this.#world.user(action.userId)
    const channel = this.#world.channel(action.channelId)
    if (!canView(this.#world, channel, action.userId)) {
      throw new SimError(`user ${action.userId} does not see channel ${channel.id}`)
    }
    return { channel, guild: channel.guildId === null ? null : this.#world.guild(channel.guildId) }
  }

  #findCommand(guild: GuildState | null, text: string): { command: CommandState; path: string[] } {
    const all = registeredCommands(this.#world, guild?.id ?? null)
    const exact = all.find((command) => command.name === text)
    if (exact) return { command: exact, path: [] }
    const [first, ...path] = text.split(' ')
    const command = all.find((candidate) => candidate.name === first && candidate.type === 1)
    if (!command) {
      throw new SimError(
        `no command "${text}"; registered: ${all.map((known) => known.name).join(', ') || 'none'}`,
      )
    }
    return { command, path }
  }

  /** A client does not show a command where it is not offered, nor to someone without its permissions. */
  #requireAllowed(
    guild: GuildState | null,
    channel: ChannelState,
    userId: string,
    command: CommandState,
  ): void {
    const refusal = refuseCommand(this.#world, channel, userId, command)
    if (refusal === 'not-offered') {
      throw new SimError(`"${command.name}" is not offered ${guild ? 'in this guild' : 'in direct messages'}`)
    }
    if (refusal === 'not-permitted') throw new SimError(`user ${userId} may not use "${command.name}" here`)
  }

  #resolveTarget(
    command: CommandState,
    channel: ChannelState,
    targetId: string | undefined,
    resolved: Resolved,
  ): string {
    if (targetId === undefined) throw new SimError(`"${command.name}" needs a target`)
    if (command.type === 2) resolved.addUser(targetId)
    else resolved.messages[targetId] = renderMessage(this.#world, requireMessage(channel, targetId))
    return targetId
  }

  #send(
    kind: InteractionKind,
    action: ActionPlace,
    channel: ChannelState,
    guild: GuildState | null,
    name: string,
    extra: Record<string, unknown>,
    messageId: string | null = null,
    openerId: string | null = null,
  ): InteractionRecord {
    const { app, ids, random, clock } = this.#world
    const record: InteractionRecord = {
      id: ids.next(),
      token: random.text(120),
      kind,
      userId: action.userId,
      guildId: guild?.id ?? null,
      channelId: channel.id,
      name,
      messageId,
      createdAt: clock.now(),
      via: app.interactionsEndpointUrl === null ? 'gateway' : 'http',
      answeredAt: null,
      responseType: null,
      answeredBy: null,
      extraAnswers: 0,
      lateAnswers: 0,
      invalidAnswers: [],
      failure: null,
      originalMessageId: null,
      deferred: false,
      ephemeral: false,
      followUpIds: [],
      openerId,
      byUserInstall: guild !== null && !this.#world.botIsIn(guild),
      modal: null,
      choices: null,
    }
    const payload: object = {
      id: record.id,
      application_id: app.id,
      type: kind,
      token: record.token,
      version: 1,
      ...this.#context(action.userId, channel, guild),
      ...extra,
    }
    this.#service.send(record, payload as APIInteraction)
    return record
  }

  /** Who and where, which differs between guilds of the bot, foreign guilds and direct messages. */
  #context(userId: string, channel: ChannelState, guild: GuildState | null) {
    const { app } = this.#world
    const botHere = guild !== null && this.#world.botIsIn(guild)
    const owners = {
      ...(botHere ? { 0: guild.id } : {}),
      ...(guild === null && !app.userInstalls.has(userId) ? { 0: '0' } : {}),
      ...(app.userInstalls.has(userId) ? { 1: userId } : {}),
    }
    if (guild !== null && !botHere && !app.userInstalls.has(userId)) {
      throw new SimError('the bot is not in this guild and this user has not installed it')
    }
    const shared = {
      channel_id: channel.id,
      channel: renderInteractionChannel(this.#world, channel, userId),
      app_permissions: appPermissions(this.#world, guild, channel).toString(),
      locale: 'en-US',
      entitlements: entitlementsFor(this.#world, userId, guild?.id ?? null),
      authorizing_integration_owners: owners,
      attachment_size_limit: 10_485_760,
    }
    if (guild === null) {
      return {
        ...shared,
        user: this.#world.user(userId),
        context: 1,
      }
    }
    const member = this.#world.member(guild, userId)
    const permissions = permissionsOf(this.#world, guild, channel, userId).toString()
    return {
      ...shared,
      guild_id: guild.id,
      guild: { id: guild.id, locale: guild.preferredLocale, features: guild.features },
      guild_locale: guild.preferredLocale,
      member: { ...renderMember(this.#world, member), permissions },
      context: 0,
    }
  }
}

/** A person chooses among the options, as many as the select takes. */
function requireSelectable(component: LooseComponent, customId: string, values: readonly string[]): void {
  const min = Number(component.min_values ?? 1)
  const max = Number(component.max_values ?? 1)
  if (values.length < min || values.length > max) {
    throw new SimError(`"${customId}" takes ${min} to ${max} values, not ${values.length}`)
  }
  if (!Array.isArray(component.options)) return
  const options = component.options as { value: string }[]
  const unknown = values.find((value) => !options.some((option) => option.value === value))
  if (unknown !== undefined) throw new SimError(`"${customId}" has no option "${unknown}"`)
}
