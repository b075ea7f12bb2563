import { Link, Outlet } from '@tanstack/react-router'
import { useSession } from '../session/session-context.ts'
import { buttonLook } from '../ui/button-look.ts'
import { MessagePage } from '../ui/message-page.tsx'

const pages = [
  { to: '/admin', name: 'Overview', exact: true },
  { to: '/admin/guilds', name: 'Guilds', exact: false },
  { to: '/admin/moves', name: 'Moves', exact: false },
  { to: '/admin/shards', name: 'Shards', exact: false },
  { to: '/admin/audit', name: 'Audit', exact: false },
] as const

/** The operator console. Everybody else is told what it is. */
export function AdminFrame() {
  const { operator } = useSession()
  if (!operator) return <OperatorsOnly />
  return (
    <>
      <nav aria-label="Console" className="-mx-4 overflow-x-auto px-4 sm:mx-0 sm:px-0">
        <ul className="flex gap-x-1 border-b border-line">
          {pages.map((page) => (
            <li key={page.to}>
              <Link
                to={page.to}
                activeOptions={{ exact: page.exact, includeSearch: false }}
                className="flex min-h-10 items-center border-b-2 border-transparent px-3 font-semibold text-dim hover:text-ink aria-[current=page]:border-accent aria-[current=page]:text-ink forced-colors:not-aria-[current=page]:border-[Canvas]"
              >
                {page.name}
              </Link>
            </li>
          ))}
        </ul>
      </nav>
      <div className="pt-6">
        <Outlet />
      </div>
    </>
  )
}

function OperatorsOnly() {
  return (
    <MessagePage
      title="The console is for operators"
      actions={
        <Link to="/" className={buttonLook('primary')}>
          Go to your servers
        </Link>
      }
    >
      <p>It shows every server and every gateway of this bot. Your account is not one of its operators.</p>
      <p>
        If you run the bot, add your Discord user id to <code className="font-mono">ADMIN_USER_IDS</code> of
        the edge and restart it.
      </p>
    </MessagePage>
  )
}
