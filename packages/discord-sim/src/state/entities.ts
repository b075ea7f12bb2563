import type {
  APIAttachment,
  APIApplicationCommand,
  APIApplicationCommandPermission,
  APIAuditLogEntry,
  APIAutoModerationRule,
  APIEmbed,
  APIEmoji,
  APIGuildForumDefaultReactionEmoji,
  APIGuildForumTag,
  APIMessageReference,
  APIMessageSnapshot,
  APIMessageTopLevelComponent,
  APIOverwrite,
  APIRole,
  APIUser,
} from 'discord-api-types/v10'

/** A user as every payload shows it. Two optional fields of the API are always present here. */
export interface UserState extends APIUser {
  flags: number
  public_flags: number
}

export interface MemberExtras {
  /** Of this guild alone, by their hashes. */
  avatar: string | null
  banner: string | null
  /** Silenced by somebody in all voice channels of the guild. */
  mute: boolean
  deaf: boolean
}

export interface MemberState {
  userId: string
  nick: string | null
  /** Role ids without @everyone. */
  roles: string[]
  joinedAtMs: number
  /** Epoch milliseconds until which the member is timed out, or null. */
  timedOutUntilMs: number | null
  /** What few members have: null where nothing of it is set. */
  extras: MemberExtras | null
  flags: number
  /** Membership screening is not passed yet. */
  pending: boolean
  /** Since when the member boosts the guild. */
  premiumSinceMs: number | null
}

export interface ThreadMemberState {
  userId: string
  joinedAtMs: number
}

export interface ThreadState {
  ownerId: string
  archived: boolean
  locked: boolean
  invitable: boolean
  autoArchiveMinutes: 60 | 1440 | 4320 | 10080
  archiveChangedAtMs: number
  /** The last message, unarchiving, or change of the auto-archive time. */
  lastActivityMs: number
  createdAtMs: number
  messageCount: number
  totalMessageSent: number
  appliedTags: string[]
  members: Map<string, ThreadMemberState>
}

export interface ChannelState {
  id: string
  /** Null for direct messages. */
  guildId: string | null
  type: number
  name: string
  topic: string | null
  position: number
  parentId: string | null
  overwrites: APIOverwrite[]
  nsfw: boolean
  rateLimitPerUser: number
  bitrate: number
  userLimit: number
  /** What people say is going on in a voice channel. */
  voiceStatus: string | null
  /** Since when somebody is in a voice channel. */
  voiceStartedAtMs: number | null
  flags: number
  lastMessageId: string | null
  lastPinAtMs: number | null
  defaultAutoArchiveMinutes: 60 | 1440 | 4320 | 10080 | null
  /** Seconds between messages that new threads begin with. */
  defaultThreadRateLimit: number
  /** Voice channels: null picks the region by itself. */
  rtcRegion: string | null
  videoQualityMode: 1 | 2
  /** Forums: null for what was never set. */
  forum: ForumSettings | null
  /** Made on the first message, oldest first. */
  messages: Map<string, MessageState> | null
  thread: ThreadState | null
  /** The other sides of a direct message; empty in guilds. */
  recipients: string[]
}

export interface ForumSettings {
  tags: APIGuildForumTag[]
  reaction: APIGuildForumDefaultReactionEmoji | null
  sortOrder: number | null
  layout: number
}

export interface ReactionState {
  emojiId: string | null
  emojiName: string
  animated: boolean
  users: Set<string>
}

export interface InteractionMetadata {
  id: string
  type: 2 | 3 | 5
  userId: string
  /** Of a command: what Discord's own client shows above the answer. Bots are not told. */
  commandName: string | null
  /** The message a component sat on. */
  interactedMessageId: string | null
  guildId: string | null
  /** Of a follow-up: the first answer. */
  originalResponseId: string | null
  /** Of a modal: the interaction that opened it. */
  triggering: InteractionMetadata | null
}

export interface MessageState {
  id: string
  channelId: string
  guildId: string | null
  authorId: string
  type: number
  content: string
  createdAtMs: number
  editedAtMs: number | null
  flags: number
  tts: boolean
  mentionEveryone: boolean
  mentions: string[]
  mentionRoles: string[]
  embeds: APIEmbed[]
  attachments: APIAttachment[]
  components: APIMessageTopLevelComponent[]
  pinnedAtMs: number | null
  reactions: ReactionState[] | null
  reference: APIMessageReference | null
  snapshots: APIMessageSnapshot[] | null
  webhookId: string | null
  /** Name and avatar that a webhook execution chose for itself. */
  webhookName: string | null
  applicationId: string | null
  interaction: InteractionMetadata | null
  threadId: string | null
  stickers: StickerItem[] | null
  poll: PollState | null
  /** The colours of a client that the message shares. */
  theme: {
    colors: string[]
    gradient_angle: number
    base_mix: number
    base_theme: 0 | 1 | 2 | 3 | 4 | null
  } | null
  /** The only user who sees an ephemeral message. */
  ephemeralFor: string | null
}

/** A user who is connected to a voice channel. */
export interface VoiceState {
  userId: string
  channelId: string
  sessionId: string
  selfMute: boolean
  selfDeaf: boolean
}

/** A sticker of a guild. */
export interface StickerState {
  id: string
  name: string
  description: string | null
  tags: string
  formatType: 1 | 2 | 3 | 4
  creatorId: string
}

/** A message shows stickers as they were when it was sent. */
export type StickerItem = Pick<StickerState, 'id' | 'name' | 'formatType'>

export interface PollState {
  question: string
  answers: { text: string; emoji: { id: string | null; name: string | null } | null; voters: Set<string> }[]
  expiresAtMs: number
  multiselect: boolean
  /** The votes are counted and the result is posted. */
  finalized: boolean
}

export interface ScheduledEventState {
  id: string
  name: string
  description: string | null
  creatorId: string
  /** Null for external events, which have a location. */
  channelId: string | null
  location: string | null
  /** 1 stage, 2 voice, 3 external. */
  entityType: 1 | 2 | 3
  /** 1 scheduled, 2 active, 3 completed, 4 canceled. */
  status: 1 | 2 | 3 | 4
  startsAtMs: number
  endsAtMs: number | null
  subscribers: Set<string>
}

/** Another application's bot in a guild. */
export interface IntegrationState {
  id: string
  name: string
  /** The bot user, whose id is the application's. */
  botId: string
  addedById: string
}

export interface EntitlementState {
  id: string
  skuId: string
  userId: string | null
  guildId: string | null
  /** 4 bought in test mode, 8 a subscription. */
  type: 1 | 3 | 4 | 8
  startsAtMs: number | null
  endsAtMs: number | null
  deleted: boolean
  consumed: boolean
}

export interface BanState {
  userId: string
  reason: string | null
}

export interface WebhookState {
  id: string
  token: string
  guildId: string
  channelId: string
  name: string
  avatar: string | null
  creatorId: string
  applicationId: string | null
}

export interface InviteState {
  code: string
  guildId: string
  channelId: string
  inviterId: string
  createdAtMs: number
  maxAgeSeconds: number
  maxUses: number
  temporary: boolean
  uses: number
}

export interface GuildState {
  id: string
  /** `guild_id >> 22`, kept because every event needs it. */
  shardKey: number
  name: string
  /** The images of a guild, by their hashes. */
  icon: string | null
  splash: string | null
  discoverySplash: string | null
  banner: string | null
  description: string | null
  ownerId: string
  systemChannelId: string | null
  systemChannelFlags: number
  rulesChannelId: string | null
  publicUpdatesChannelId: string | null
  safetyAlertsChannelId: string | null
  afkChannelId: string | null
  afkTimeout: 60 | 300 | 900 | 1800 | 3600
  verificationLevel: number
  explicitContentFilter: number
  defaultMessageNotifications: number
  mfaLevel: number
  preferredLocale: string
  premiumProgressBar: boolean
  features: string[]
  roles: Map<string, APIRole>
  /** Channels and threads alike. */
  channels: Map<string, ChannelState>
  members: Map<string, MemberState>
  bans: Map<string, BanState>
  /** By user, of those who are connected. */
  voiceStates: Map<string, VoiceState>
  emojis: Map<string, APIEmoji & { id: string; name: string; creatorId: string }>
  automodRules: Map<string, APIAutoModerationRule>
  stickers: Map<string, StickerState>
  scheduledEvents: Map<string, ScheduledEventState>
  integrations: Map<string, IntegrationState>
  /** Who may use a command besides what the command itself says, by its id or the application's. */
  commandPermissions: Map<string, APIApplicationCommandPermission[]>
  auditLog: APIAuditLogEntry[]
  /** Server boosts. */
  boosts: number
  /** What is paused because of an incident, until when. */
  incidents: { invitesDisabledUntilMs: number | null; dmsDisabledUntilMs: number | null }
  /** Users who have been members and left. */
  formerMembers: Set<string>
  /** True while the simulator plays an outage of this guild. */
  unavailable: boolean
  /** Which event tells a session that connects during the outage of it: both are documented. */
  outageToldBy: 'GUILD_DELETE' | 'GUILD_CREATE'
  /** What the bot was told of each channel that is no thread: true where it sees it, false where it is hidden. */
  botSight: Map<string, boolean>
}

/** Guild commands carry the guild's id, global ones none. */
export type CommandState = APIApplicationCommand

export interface InstallParams {
  scopes: string[]
  permissions: string
}

/** What an application says of itself, beside its name and description. */
export interface ApplicationProfile {
  icon: string | null
  coverImage: string | null
  tags: string[]
  customInstallUrl: string | null
  roleConnectionsUrl: string | null
  installParams: InstallParams | null
  /** By installation context: 0 into a guild, 1 for oneself. */
  integrationTypes: Record<string, { oauth2_install_params?: InstallParams }>
}

export interface ApplicationState {
  id: string
  name: string
  description: string
  profile: ApplicationProfile
  botId: string
  ownerId: string
  token: string
  clientSecret: string
  /** Hex, as Discord's developer portal shows it. */
  publicKey: string
  /** PKCS #8 in PEM. */
  privateKeyPem: string
  redirectUris: string[]
  interactionsEndpointUrl: string | null
  /** Intents that need approval and have it. */
  privilegedIntents: { members: boolean; presences: boolean; messageContent: boolean }
  commands: Map<string, CommandState>
  guildCommands: Map<string, Map<string, CommandState>>
  /** Users who installed the application for themselves. */
  userInstalls: Set<string>
  entitlements: Map<string, EntitlementState>
  /** Where events of the application are posted. */
  eventWebhooks: { url: string | null; status: 1 | 2 | 3; types: string[] }
}
