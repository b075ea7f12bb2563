export { ephemeral, noChoices, permissionNames } from './kit/answers.ts'
export { customIdCodec, type CustomIdCodec } from './kit/custom-id.ts'
export type { EventName, EventPayloads } from './kit/discord-events.ts'
export { type Effects, noEffects, type OutboxCall, type ScheduledJob } from './kit/effects.ts'
export { type EventPart, eventParts } from './dispatch/event-parts.ts'
export { FeatureRegistry, type Owned } from './kit/feature-registry.ts'
export {
  type AuditBackfillRule,
  type BackfilledAuditEntry,
  type BackfilledMessage,
  type BackfillRule,
  type CallResult,
  type CommandRule,
  type ComponentRule,
  type EventRule,
  type Feature,
  type HandlerContext,
  on,
  type ReadBackVerdict,
  type Reply,
} from './kit/feature.ts'
export { GuildInteraction } from './kit/interaction.ts'
export { findInteractionRule, type InteractionRule } from './dispatch/interaction-rule.ts'
export { mountedFeature } from './kit/mounted-feature.ts'
export { effectWriter, type EffectListener, type WriteEffects } from './dispatch/write-effects.ts'
export { FetchedMember, memberRow, threadTypes } from './guild-document/entity-rows.ts'
export { isHiddenChannel } from './guild-document/hidden-channel.ts'
export {
  allPermissions,
  guildPermissions,
  type MemberState,
  permissionFacts,
} from './guild-document/permissions.ts'
export {
  FetchedChannels,
  FetchedGuild,
  FetchedThreads,
  refreshedChannels,
  refreshedGuild,
  refreshedThreads,
} from './guild-document/refreshed-rows.ts'
export { activityFeature } from './features/activity/activity-feature.ts'
export { allFeatures } from './features/all-features.ts'
