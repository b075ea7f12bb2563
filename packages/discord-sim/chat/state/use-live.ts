import { useEffect, useState } from 'react'
import type { LiveUpdates } from '../../src/control/live/live-views.ts'
import type { Address } from './address-form.ts'
import { applyUpdate, emptyState } from './live-state.ts'
import type { LiveState } from './live-state.ts'

const names: readonly (keyof LiveUpdates)[] = ['view', 'sessions', 'messages', 'timeline', 'typing']

/**
 * What the person of this address sees, kept up to date by the simulator. `onRefused` is called if it knows no such
 * person, as after a restart with another seed.
 */
export function useLive(address: Address, limit: number, onRefused: () => void): LiveState {
  const { userId, guildId, channelId } = address
  const [state, setState] = useState(emptyState)

  useEffect(() => {
    if (userId === null) return undefined
    const query = new URLSearchParams({ userId, limit: String(limit) })
    if (guildId !== null) query.set('guildId', guildId)
    if (channelId !== null) query.set('channelId', channelId)
    const source = new EventSource(`/_sim/live?${query.toString()}`)
    for (const name of names) {
      source.addEventListener(name, (event) => {
        const update = JSON.parse(event.data as string) as LiveUpdates[typeof name]
        setState((known) => ({
          ...applyUpdate(known, name, update, Date.now()),
          ...(name === 'view' && 'place' in update ? { placeFor: address } : {}),
        }))
      })
    }
    source.addEventListener('open', () => setState((known) => ({ ...known, connected: true })))
    source.addEventListener('error', () => {
      setState((known) => ({ ...known, connected: false }))
      if (source.readyState === EventSource.CLOSED) onRefused()
    })
    return () => source.close()
  }, [address, userId, guildId, channelId, limit, onRefused])

  return state
}
