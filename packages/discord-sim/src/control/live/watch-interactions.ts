import type { InteractionRecord } from '../../interactions/interaction-record.ts'
import type { InteractionService } from '../../interactions/interaction-service.ts'
import type { World } from '../../state/world.ts'
import type { InteractionStep, Timeline } from './timeline.ts'

/** Keeps each interaction in the timeline as the person who acted has it before them. */
export function watchInteractions(world: World, interactions: InteractionService, timeline: Timeline): void {
  const entries = new WeakMap<InteractionRecord, number>()
  interactions.onChange((record) => {
    const step = describe(world, record)
    const entry = entries.get(record)
    if (entry === undefined) entries.set(record, timeline.add(step, record.createdAt))
    else timeline.update(entry, step)
  })
}

function describe(world: World, record: InteractionRecord): InteractionStep {
  const user = world.users.get(record.userId)
  return {
    kind: 'interaction',
    interactionId: record.id,
    type: record.kind,
    name: record.name,
    userId: record.userId,
    userName: user?.global_name ?? user?.username ?? record.userId,
    channelId: record.channelId,
    guildId: record.guildId,
    via: record.via,
    failure: record.failure,
    responseType: record.responseType,
    answeredAfterMs: record.answeredAt === null ? null : record.answeredAt - record.createdAt,
    deferred: record.deferred,
    ephemeral: record.ephemeral,
    followUps: record.followUpIds.length,
    problems: [
      ...record.invalidAnswers,
      ...(record.lateAnswers > 0 ? [`answered too late (${record.lateAnswers})`] : []),
      ...(record.extraAnswers > 0 ? [`answered again (${record.extraAnswers})`] : []),
    ],
  }
}
