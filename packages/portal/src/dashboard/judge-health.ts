import type { PortalOverview } from '@guildmesh/contracts'
import { formatDuration } from '../format/times.ts'
import type { Tone } from '../ui/state-mark.tsx'

/** One part of a server's health. `at` is shown as "… ago" in place of `value`. */
export interface HealthItem {
  readonly name: string
  readonly tone: Tone
  readonly value: string
  readonly at?: number
  /** What it means, or what to do about it. */
  readonly hint: string
}

/** Above this, what the portal shows of members may be old, and the edge asks Discord for permissions. */
const slowLagMs = 2000
const stuckLagMs = 15_000

/** The health of a server, as its owner states it. Details of the mesh are for operators. */
export function judgeHealth(overview: PortalOverview, operator: boolean): readonly HealthItem[] {
  return [bot(overview), setup(overview), gateway(overview, operator), lag(overview), lastEvent(overview)]
}

function bot({ present }: PortalOverview): HealthItem {
  return present
    ? { name: 'Bot', tone: 'good', value: 'In the server', hint: 'Receives events' }
    : { name: 'Bot', tone: 'bad', value: 'Not in the server', hint: 'Add it again from the server list' }
}

function setup({ settings, names, hidden }: PortalOverview): HealthItem {
  if (!settings) return { name: 'Setup', tone: 'warn', value: 'Not done', hint: 'Run /setup in Discord' }
  const unseen: readonly string[] = hidden
  const gone = Object.entries(names).filter(([id, name]) => name === null && !unseen.includes(id)).length
  if (gone > 0) {
    return {
      name: 'Setup',
      tone: 'warn',
      value: gone === 1 ? 'A choice is gone' : `${gone} choices are gone`,
      hint: 'Run /setup again: see the settings',
    }
  }
  if (hidden.length > 0) {
    return {
      name: 'Setup',
      tone: 'warn',
      value: hidden.length === 1 ? 'A channel is hidden' : `${hidden.length} channels are hidden`,
      hint: 'Give the bot View Channel there: see the settings',
    }
  }
  return { name: 'Setup', tone: 'good', value: 'Done', hint: 'All roles and channels exist' }
}

function gateway({ gatewayId, epoch }: PortalOverview, operator: boolean): HealthItem {
  const hint = operator ? `Running normally, epoch ${epoch}` : 'Running normally'
  return { name: 'Gateway', tone: 'good', value: gatewayId, hint }
}

function lag({ eventLagMs }: PortalOverview): HealthItem {
  const name = 'Event lag'
  if (eventLagMs === null) return { name, tone: 'quiet', value: 'Unknown', hint: 'No event has arrived yet' }
  const value = formatDuration(eventLagMs)
  if (eventLagMs >= stuckLagMs)
    return { name, tone: 'bad', value, hint: 'Very slow: tell whoever runs the bot' }
  if (eventLagMs > slowLagMs) return { name, tone: 'warn', value, hint: 'Slow: what you see may be old' }
  return { name, tone: 'good', value, hint: 'Time to process an event' }
}

function lastEvent({ lastEventAt }: PortalOverview): HealthItem {
  const name = 'Last event'
  if (lastEventAt === null)
    return { name, tone: 'quiet', value: 'None yet', hint: 'Write a message in Discord' }
  return { name, tone: 'good', value: '', at: lastEventAt, hint: 'Any event from Discord' }
}
