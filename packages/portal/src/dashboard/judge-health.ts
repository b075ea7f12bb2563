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

/** Above this, what the portal shows of members may be old, and the edge asks Discord itself for permissions. */
const slowLagMs = 2000
const stuckLagMs = 15_000

/** The health of a server, as its owner states it. */
export function judgeHealth(overview: PortalOverview): readonly HealthItem[] {
  return [bot(overview), setup(overview), gateway(overview), lag(overview), lastEvent(overview)]
}

function bot({ present }: PortalOverview): HealthItem {
  return present
    ? { name: 'Bot', tone: 'good', value: 'In the server', hint: 'Receives its events' }
    : { name: 'Bot', tone: 'bad', value: 'Not in the server', hint: 'Add it again from the server list' }
}

function setup({ settings, names }: PortalOverview): HealthItem {
  if (!settings) return { name: 'Set-up', tone: 'warn', value: 'Not done', hint: 'Run /setup in Discord' }
  const gone = Object.values(names).filter((name) => name === null).length
  if (gone > 0) {
    return {
      name: 'Set-up',
      tone: 'warn',
      value: gone === 1 ? 'A choice is gone' : `${gone} choices are gone`,
      hint: 'Run /setup again: see the settings',
    }
  }
  return { name: 'Set-up', tone: 'good', value: 'Done', hint: 'All roles and channels exist' }
}

function gateway({ gatewayId, epoch }: PortalOverview): HealthItem {
  return { name: 'Gateway', tone: 'good', value: gatewayId, hint: `Owns it at epoch ${epoch}` }
}

function lag({ eventLagMs }: PortalOverview): HealthItem {
  const name = 'Event lag'
  if (eventLagMs === null) return { name, tone: 'quiet', value: 'Unknown', hint: 'No event has come yet' }
  const value = formatDuration(eventLagMs)
  if (eventLagMs >= stuckLagMs)
    return { name, tone: 'bad', value, hint: 'Far behind: an operator should look' }
  if (eventLagMs > slowLagMs) return { name, tone: 'warn', value, hint: 'Behind: what you see may be old' }
  return { name, tone: 'good', value, hint: 'From receipt to commit' }
}

function lastEvent({ lastEventAt }: PortalOverview): HealthItem {
  const name = 'Last event'
  if (lastEventAt === null)
    return { name, tone: 'quiet', value: 'None yet', hint: 'Write a message in Discord' }
  return { name, tone: 'good', value: '', at: lastEventAt, hint: 'Anything Discord told the bot' }
}
