import {
  createRootRoute,
  createRoute,
  createRouter,
  lazyRouteComponent,
  Outlet,
  redirect,
} from '@tanstack/react-router'
import { readAdminGuildsSearch } from './admin/admin-guilds-search.ts'
import { readDashboardSearch } from './dashboard/dashboard-search.ts'
import { ServerListPage } from './servers/server-list-page.tsx'
import { parseSearch, stringifySearch } from './search-text.ts'
import { SessionGate } from './session/session-gate.tsx'
import { readSignInSearch } from './session/sign-in-notice.ts'
import { AppFrame } from './shell/app-frame.tsx'
import { CrashPage } from './shell/crash-page.tsx'
import { NotFoundPage } from './shell/not-found-page.tsx'

const root = createRootRoute({
  component: () => (
    <SessionGate>
      <AppFrame />
    </SessionGate>
  ),
  notFoundComponent: NotFoundPage,
  errorComponent: CrashPage,
})

const servers = createRoute({ getParentRoute: () => root, path: '/', component: ServerListPage })

/** The gate answers here: the sign-in page if nobody is signed in, else the way back. */
const signIn = createRoute({
  getParentRoute: () => root,
  path: '/sign-in',
  validateSearch: readSignInSearch,
  component: Outlet,
})

const guild = createRoute({
  getParentRoute: () => root,
  path: '/guild/$guildId',
  beforeLoad: ({ params }) => {
    throw redirect({ to: '/guild/$guildId/dashboard', params, replace: true })
  },
})

const dashboard = createRoute({
  getParentRoute: () => root,
  path: '/guild/$guildId/dashboard',
  validateSearch: readDashboardSearch,
  component: lazyRouteComponent(() => import('./dashboard/dashboard-page.tsx'), 'DashboardPage'),
})

const admin = createRoute({
  getParentRoute: () => root,
  path: '/admin',
  component: lazyRouteComponent(() => import('./admin/admin-frame.tsx'), 'AdminFrame'),
})

const adminOverview = createRoute({
  getParentRoute: () => admin,
  path: '/',
  component: lazyRouteComponent(() => import('./admin/overview-page.tsx'), 'OverviewPage'),
})

const adminGuilds = createRoute({
  getParentRoute: () => admin,
  path: '/guilds',
  validateSearch: readAdminGuildsSearch,
  component: lazyRouteComponent(() => import('./admin/guilds-page.tsx'), 'GuildsPage'),
})

const adminMoves = createRoute({
  getParentRoute: () => admin,
  path: '/moves',
  component: lazyRouteComponent(() => import('./admin/moves-page.tsx'), 'MovesPage'),
})

const adminShards = createRoute({
  getParentRoute: () => admin,
  path: '/shards',
  component: lazyRouteComponent(() => import('./admin/shards-page.tsx'), 'ShardsPage'),
})

const adminAudit = createRoute({
  getParentRoute: () => admin,
  path: '/audit',
  component: lazyRouteComponent(() => import('./admin/audit-page.tsx'), 'AuditPage'),
})

export const router = createRouter({
  routeTree: root.addChildren([
    servers,
    signIn,
    guild,
    dashboard,
    admin.addChildren([adminOverview, adminGuilds, adminMoves, adminShards, adminAudit]),
  ]),
  defaultPreload: 'intent',
  parseSearch,
  stringifySearch,
  scrollRestoration: true,
  defaultErrorComponent: CrashPage,
})

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router
  }
}
