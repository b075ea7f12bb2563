import type {
  GatewayStep,
  InteractionStep,
  RestStep,
  TimelineEntry,
} from '../../src/control/live/timeline.ts'
import type { Names } from '../state/chat-context.ts'

/** How serious an entry is: `late` came close to Discord's three seconds. */
export type EntryTone = 'plain' | 'good' | 'late' | 'bad'

/** An entry in words. */
export interface EntryText {
  /** REST method, or what kind of thing it was. */
  badge: string
  title: string
  detail: string
  tone: EntryTone
}

/** An answer later than this is close to the three seconds that Discord waits. */
const lateMs = 2_500

export function describeEntry(entry: TimelineEntry, names: Names): EntryText {
  switch (entry.kind) {
    case 'rest':
      return describeRest(entry, names)
    case 'interaction':
      return describeInteraction(entry)
    case 'gateway':
      return describeGateway(entry)
    default:
      return entry satisfies never
  }
}

function describeRest(entry: RestStep, names: Names): EntryText {
  const tone: EntryTone = entry.status === null || entry.status >= 400 ? 'bad' : 'good'
  const outcome =
    entry.status === null
      ? 'connection cut'
      : `${entry.status}${entry.error === null ? '' : ` · ${entry.error}`}`
  return {
    badge: entry.method,
    title: readablePath(entry.path, names),
    detail: `${outcome} · ${duration(entry.durationMs)}`,
    tone,
  }
}

/** The path with names in place of the ids that are known here; the others say nothing to a reader. */
function readablePath(path: string, names: Names): string {
  return path.replaceAll(/(\w+)\/(\d{15,20})/g, (_, kind: string, id: string) => {
    const channel = names.channel(id)
    const person = ['members', 'users', 'bans'].includes(kind) ? names.person(id) : undefined
    return `${kind}/${channel ? `#${channel.name}` : person ? `@${person.name}` : '…'}`
  })
}

const badges: Readonly<Record<InteractionStep['type'], string>> = {
  2: 'COMMAND',
  3: 'COMPONENT',
  4: 'TYPING',
  5: 'MODAL',
}

const verbs: Readonly<Record<InteractionStep['type'], string>> = {
  2: 'ran',
  3: 'used',
  4: 'types',
  5: 'submitted',
}

const answers: Readonly<Record<number, string>> = {
  4: 'answered with a message',
  5: 'deferred',
  6: 'acknowledged',
  7: 'updated the message',
  8: 'offered choices',
  9: 'opened a modal',
}

function describeInteraction(entry: InteractionStep): EntryText {
  const name = entry.type === 2 || entry.type === 4 ? `/${entry.name}` : entry.name
  return {
    badge: badges[entry.type],
    title: `${entry.userName} ${verbs[entry.type]} ${name}`,
    detail: [
      interactionOutcome(entry),
      `via ${entry.via === 'http' ? 'HTTP' : 'gateway'}`,
      ...entry.problems,
    ].join(' · '),
    tone:
      entry.failure !== null || entry.problems.length > 0
        ? 'bad'
        : entry.answeredAfterMs === null
          ? 'plain'
          : entry.answeredAfterMs > lateMs
            ? 'late'
            : 'good',
  }
}

function interactionOutcome(entry: InteractionStep): string {
  if (entry.failure !== null) return `failed: ${entry.failure}`
  if (entry.answeredAfterMs === null) return 'waiting for an answer'
  const parts = [`${answers[entry.responseType ?? 0] ?? 'answered'} after ${duration(entry.answeredAfterMs)}`]
  if (entry.ephemeral) parts.push('ephemeral')
  if (entry.deferred) parts.push('still thinking')
  if (entry.followUps > 0) parts.push(`${entry.followUps} follow-up${entry.followUps === 1 ? '' : 's'}`)
  return parts.join(' · ')
}

const happenings: Readonly<Record<GatewayStep['what'], { title: string; tone: EntryTone }>> = {
  identified: { title: 'new session (IDENTIFY)', tone: 'good' },
  'identify-refused': { title: 'IDENTIFY refused (op 9)', tone: 'bad' },
  resumed: { title: 'session resumed (RESUME)', tone: 'good' },
  'resume-refused': { title: 'RESUME refused (op 9)', tone: 'bad' },
  closed: { title: 'socket closed', tone: 'plain' },
  'session-ended': { title: 'session ended', tone: 'late' },
}

function describeGateway(entry: GatewayStep): EntryText {
  const { title, tone } = happenings[entry.what]
  return {
    badge: 'SOCKET',
    title,
    detail: [
      entry.shard === null ? 'no session' : `shard ${entry.shard}`,
      ...(entry.code === null ? [] : [`code ${entry.code}`]),
    ].join(' · '),
    tone,
  }
}

/** `12 ms`, `1.3 s`. */
function duration(ms: number): string {
  return ms < 1_000 ? `${Math.round(ms)} ms` : `${(ms / 1_000).toFixed(1)} s`
}
