import { useSyncExternalStore } from 'react'
import { formatAddress, parseAddress } from './address-form.ts'
import type { Address } from './address-form.ts'

const changed = new Set<() => void>()
window.addEventListener('popstate', tell)

function tell(): void {
  for (const listener of changed) listener()
}

/** Goes somewhere. `replace` leaves no step to go back to. */
export function goTo(address: Address, how: 'push' | 'replace' = 'push'): void {
  const target = formatAddress(address)
  if (target === window.location.pathname + window.location.search) return
  if (how === 'push') window.history.pushState(null, '', target)
  else window.history.replaceState(null, '', target)
  tell()
}

let current = { key: '', address: parseAddress('/chat', '') }

function read(): Address {
  const { pathname, search } = window.location
  const key = pathname + search
  if (key !== current.key) current = { key, address: parseAddress(pathname, search) }
  return current.address
}

export function useAddress(): Address {
  return useSyncExternalStore((listener) => {
    changed.add(listener)
    return () => changed.delete(listener)
  }, read)
}
