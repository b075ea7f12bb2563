import type { Assignment, Gateway, GatewayId, GuildId, WatchEvent } from '@guildmesh/contracts'

/** Who owns what, as far as this process knows. Changed only by the functions of this file; no I/O, no clock. */
export interface RoutingState {
  readonly assignments: Map<GuildId, Assignment>
  readonly gateways: Map<GatewayId, Gateway>
  readonly guildsByGateway: Map<GatewayId, Set<GuildId>>
  /** The last event's cursor; `null` before the first snapshot was complete. */
  cursor: string | null
  /** Pages of a snapshot that is not complete yet. What was known before is served until it is. */
  pages: { assignments: Assignment[]; gateways: Gateway[] } | null
}

export type RoutingChange =
  | { readonly type: 'snapshot' }
  | { readonly type: 'assignment'; readonly assignment: Assignment }
  | { readonly type: 'gateway'; readonly gateway: Gateway }

export function emptyRouting(): RoutingState {
  return {
    assignments: new Map(),
    gateways: new Map(),
    guildsByGateway: new Map(),
    cursor: null,
    pages: null,
  }
}

/** Applies one event of `assignments.watch`; returns what changed, or `null`. */
export function applyWatchEvent(state: RoutingState, event: WatchEvent): RoutingChange | null {
  switch (event.type) {
    case 'snapshot':
      return applySnapshotPage(state, event)
    case 'assignment':
      state.cursor = event.cursor
      return applyAssignment(state, event.assignment)
    case 'gateway':
      state.cursor = event.cursor
      state.gateways.set(event.gateway.gatewayId, event.gateway)
      return { type: 'gateway', gateway: event.gateway }
    case 'current':
      state.cursor = event.cursor
      return null
    default:
      return event satisfies never
  }
}

/** Epochs never fall (I2): a lower one is outdated news, an equal one is no news. */
export function applyAssignment(state: RoutingState, assignment: Assignment): RoutingChange | null {
  const known = state.assignments.get(assignment.guildId)
  if (known && assignment.epoch <= known.epoch) return null
  setAssignment(state, assignment)
  return { type: 'assignment', assignment }
}

function applySnapshotPage(
  state: RoutingState,
  page: Extract<WatchEvent, { type: 'snapshot' }>,
): RoutingChange | null {
  if (page.first) state.pages = { assignments: [], gateways: [] }
  if (!state.pages) return null
  state.pages.assignments.push(...page.assignments)
  state.pages.gateways.push(...page.gateways)
  if (!page.complete) return null
  const { assignments, gateways } = state.pages
  const known = new Map(state.assignments)
  state.pages = null
  state.cursor = page.cursor
  state.assignments.clear()
  state.guildsByGateway.clear()
  state.gateways.clear()
  for (const gateway of gateways) state.gateways.set(gateway.gatewayId, gateway)
  for (const assignment of assignments) {
    const learned = known.get(assignment.guildId)
    setAssignment(state, learned && learned.epoch > assignment.epoch ? learned : assignment)
  }
  return { type: 'snapshot' }
}

function setAssignment(state: RoutingState, assignment: Assignment): void {
  const { guildId, gatewayId } = assignment
  const known = state.assignments.get(guildId)
  if (known) state.guildsByGateway.get(known.gatewayId)?.delete(guildId)
  state.assignments.set(guildId, assignment)
  const guilds = state.guildsByGateway.get(gatewayId) ?? new Set()
  state.guildsByGateway.set(gatewayId, guilds.add(guildId))
}
