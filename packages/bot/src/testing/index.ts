export {
  botId,
  channel,
  channelId,
  guildCreate,
  member,
  message,
  messageId,
  role,
  roleId,
  user,
  userId,
} from './payloads.ts'
export { type ActingMember, TestGuild, testGuildId } from './test-guild.ts'
