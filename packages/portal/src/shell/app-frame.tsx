import { Link, Outlet, useLocation } from '@tanstack/react-router'
import { useEffect, useRef } from 'react'
import { useSession } from '../session/session-context.ts'
import { BrandMark } from '../ui/brand-mark.tsx'
import { AccountMenu } from './account-menu.tsx'

const navLook =
  'inline-flex min-h-9 items-center border-b-2 border-transparent px-1 text-sm font-semibold text-dim hover:text-ink aria-[current=page]:border-accent aria-[current=page]:text-ink forced-colors:not-aria-[current=page]:border-[Canvas]'

/** The frame around every page for people who are signed in. */
export function AppFrame() {
  const { operator } = useSession()
  const main = useFocusAfterNavigation()
  return (
    <div className="flex min-h-dvh flex-col">
      <a
        href="#main"
        className="absolute top-2 left-2 z-20 -translate-y-16 rounded-md bg-accent px-4 py-2 font-semibold text-on-accent focus:translate-y-0"
      >
        Skip to content
      </a>
      <header className="border-b border-line bg-surface">
        <div className="mx-auto flex max-w-7xl items-center gap-x-6 px-4 py-2 sm:px-8">
          <Link
            to="/"
            className="flex items-center gap-2 font-bold tracking-tight"
            aria-label="guildmesh, server list"
          >
            <BrandMark className="size-6 text-accent" />
            <span className="max-sm:hidden">guildmesh</span>
          </Link>
          <nav aria-label="Main" className="flex gap-x-5">
            <Link to="/" className={navLook} activeOptions={{ exact: true }}>
              Servers
            </Link>
            {operator ? (
              <Link to="/admin" className={navLook}>
                Console
              </Link>
            ) : null}
          </nav>
          <div className="ml-auto">
            <AccountMenu />
          </div>
        </div>
      </header>
      <main
        ref={main}
        id="main"
        tabIndex={-1}
        className="mx-auto w-full max-w-7xl flex-1 px-4 py-6 sm:px-8 sm:py-8"
      >
        <Outlet />
      </main>
    </div>
  )
}

/** After a change of page the keyboard goes on in the new page, as after a full load. */
function useFocusAfterNavigation() {
  const main = useRef<HTMLElement>(null)
  const { pathname } = useLocation()
  const shown = useRef(pathname)
  useEffect(() => {
    if (shown.current === pathname) return
    shown.current = pathname
    main.current?.focus({ preventScroll: true })
  }, [pathname])
  return main
}
