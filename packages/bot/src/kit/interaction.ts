import { ChannelId, GuildId, InteractionId, RoleId, UserId } from '@guildmesh/contracts'
import { InteractionType } from 'discord-api-types/v10'
import { z } from 'zod'

const PermissionBits = z
  .string()
  .regex(/^[0-9]{1,40}$/)
  .transform((bits) => BigInt(bits))

const common = {
  id: InteractionId,
  guild_id: GuildId,
  channel_id: ChannelId.optional(),
  /** The bot's permissions in the channel. */
  app_permissions: PermissionBits,
  locale: z.string().max(20).optional(),
  member: z.object({
    user: z.object({ id: UserId, username: z.string() }),
    roles: z.array(RoleId),
    /** In the channel, computed by Discord. */
    permissions: PermissionBits,
  }),
}

/** The message that a component sits on. */
const Message = z.object({ id: z.string(), flags: z.int().optional() })
const CommandData = z.object({
  id: z.string(),
  name: z.string().min(1).max(32),
  type: z.int(),
  options: z.array(z.looseObject({ name: z.string(), type: z.int() })).optional(),
  target_id: z.string().optional(),
})
const CustomId = z.string().min(1).max(100)

const Command = z.object({
  ...common,
  type: z.literal(InteractionType.ApplicationCommand),
  data: CommandData,
})
const Component = z.object({
  ...common,
  type: z.literal(InteractionType.MessageComponent),
  message: Message,
  data: z.object({
    custom_id: CustomId,
    component_type: z.int(),
    /** Of a select menu; empty for a button. */
    values: z.array(z.string().max(100)).max(25).default([]),
  }),
})
const Autocomplete = z.object({
  ...common,
  type: z.literal(InteractionType.ApplicationCommandAutocomplete),
  data: CommandData,
})
const Modal = z.object({
  ...common,
  type: z.literal(InteractionType.ModalSubmit),
  message: Message.optional(),
  data: z.object({ custom_id: CustomId, components: z.array(z.unknown()).default([]) }),
})

/**
 * An interaction in a guild, as far as handlers read it. The token is not among it: nothing stores it.
 * Source: https://discord.com/developers/docs/interactions/receiving-and-responding#interaction-object
 */
export const GuildInteraction = z.discriminatedUnion('type', [Command, Component, Autocomplete, Modal])
export type GuildInteraction = z.infer<typeof GuildInteraction>
export type CommandInteraction = z.infer<typeof Command>
export type ComponentInteraction = z.infer<typeof Component>
export type ModalInteraction = z.infer<typeof Modal>
