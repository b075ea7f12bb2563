import { useQuery } from '@tanstack/react-query'
import { Navigate, useLocation, useSearch } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { trpc } from '../api/client.ts'
import { failureOf } from '../api/failure-of.ts'
import { BrandMark } from '../ui/brand-mark.tsx'
import { FailureNotice } from '../ui/failure-notice.tsx'
import { Loading } from '../ui/skeleton.tsx'
import { safeReturnPath } from './login-address.ts'
import { SessionContext } from './session-context.ts'
import { SignInPage } from './sign-in-page.tsx'

/** Shows its children to people who are signed in, and the sign-in page to everybody else, at the same address. */
export function SessionGate({ children }: { readonly children: ReactNode }) {
  const location = useLocation()
  const search = useSearch({ from: '/sign-in', shouldThrow: false })
  const session = useQuery(trpc.session.me.queryOptions(undefined, { staleTime: 5 * 60_000 }))

  if (session.error && failureOf(session.error).kind === 'Unauthenticated') {
    if (search) return <SignInPage to={search.to} notice={search.notice} />
    return <SignInPage to={location.href} notice={session.data ? 'ended' : undefined} />
  }
  if (session.data) {
    // Signed in already: nothing to do here.
    if (search) return <Navigate to={safeReturnPath(search.to)} replace />
    return <SessionContext value={session.data}>{children}</SessionContext>
  }
  if (session.error) {
    return (
      <main className="mx-auto max-w-xl px-6 py-24">
        <title>guildmesh</title>
        <h1 className="sr-only">guildmesh</h1>
        <FailureNotice
          error={session.error}
          retry={() => void session.refetch()}
          retrying={session.isFetching}
        />
      </main>
    )
  }
  return (
    <main className="grid min-h-dvh place-items-center">
      <h1 className="sr-only">guildmesh</h1>
      <BrandMark className="breathe size-10 text-accent" />
      <Loading what="your session" />
    </main>
  )
}
