import { GatewayIntentBits } from 'discord-api-types/v10'

/** The events that the bot asks Discord for. GuildMembers and MessageContent are privileged: the portal must allow them. */
export const intents: number =
  GatewayIntentBits.Guilds |
  GatewayIntentBits.GuildMembers |
  GatewayIntentBits.GuildModeration |
  GatewayIntentBits.GuildExpressions |
  GatewayIntentBits.GuildMessages |
  GatewayIntentBits.GuildMessageReactions |
  GatewayIntentBits.MessageContent |
  GatewayIntentBits.AutoModerationExecution
