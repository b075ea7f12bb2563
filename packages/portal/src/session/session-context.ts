import type { PortalSession } from '@guildmesh/contracts'
import { createContext, use } from 'react'

export const SessionContext = createContext<PortalSession | null>(null)

/** Who is signed in. Only inside the session gate. */
export function useSession(): PortalSession {
  const session = use(SessionContext)
  if (!session) throw new Error('useSession was called outside the session gate')
  return session
}
