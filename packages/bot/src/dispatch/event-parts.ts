import type { LaneEvent } from '@guildmesh/contracts'
import { documentRules } from '../guild-document/document-rules.ts'
import type { Effects } from '../kit/effects.ts'
import type { FeatureRegistry, Owned } from '../kit/feature-registry.ts'
import type { EventRule, HandlerContext } from '../kit/feature.ts'
import { mountedFeature } from '../kit/mounted-feature.ts'

/** Under this name the guild document's own failures appear among the dead letters. */
const documentFeature = 'guild-document'

/** What of an event decides who takes it. */
export type AppliedEvent = Pick<LaneEvent, 'type' | 'data' | 'loss'>

/** One feature's handling of one event. */
export interface EventPart {
  readonly feature: string
  readonly handle: () => Effects
}

/**
 * Who takes an event, in the order in which they take it: rules that must hear of a data loss, rules that see the
 * guild document as it was, the inbox of mounted modules, the guild document itself, then each feature.
 *
 * @param inbox what mounted modules are to hear of the event once it is committed; absent if none are mounted
 */
export function eventParts<Event extends AppliedEvent>(
  registry: FeatureRegistry,
  delivered: Event,
  context: HandlerContext,
  inbox?: (event: Event, context: HandlerContext) => Effects,
): EventPart[] {
  const event = asMeant(delivered)
  const { type, data, loss } = event
  const lost = loss && { after: loss.after, type }
  const ruled = ({ feature, rule }: Owned<EventRule>): EventPart => ({
    feature,
    handle: () => rule.handle(data, context),
  })
  const documentRule = documentRules.get(type)
  return [
    ...(lost
      ? registry.dataLossRules.map(({ feature, rule }) => ({ feature, handle: () => rule(lost, context) }))
      : []),
    ...registry.rulesBefore(type).map(ruled),
    // Before the document: what a GUILD_CREATE means follows from what was known of the guild before.
    ...(inbox ? [{ feature: mountedFeature, handle: () => inbox(event, context) }] : []),
    ...(documentRule ? [{ feature: documentFeature, handle: () => documentRule.handle(data, context) }] : []),
    ...registry.eventRules(type).map(ruled),
  ]
}

/**
 * A guild that is away may be told of by GUILD_CREATE, with its id alone. That means what GUILD_DELETE with
 * `unavailable` says, and nobody has to know both.
 * Source: https://docs.discord.com/developers/events/gateway-events#guild-create
 */
function asMeant<Event extends AppliedEvent>(event: Event): Event {
  const { type, data } = event
  const isAway =
    type === 'GUILD_CREATE' &&
    typeof data === 'object' &&
    data !== null &&
    'unavailable' in data &&
    data.unavailable === true
  return isAway ? { ...event, type: 'GUILD_DELETE' } : event
}
