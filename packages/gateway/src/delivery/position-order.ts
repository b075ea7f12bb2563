import { comparePositions, type Position } from '@guildmesh/contracts'

/** A place in a lane. `null`: before its first event. */
export type Place = Position | null

export function isBefore(a: Place, b: Place): boolean {
  return b !== null && (a === null || comparePositions(a, b) < 0)
}

export function isSame(a: Place, b: Place): boolean {
  return !isBefore(a, b) && !isBefore(b, a)
}

/** The latest of several places. */
export function latestOf(...places: readonly Place[]): Place {
  return places.reduce((latest, place) => (isBefore(latest, place) ? place : latest), null)
}
