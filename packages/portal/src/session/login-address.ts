const here = 'https://portal.invalid'

/** A path of this site to come back to; anything else becomes the server list. Never another site's address. */
export function safeReturnPath(to: string | undefined): string {
  if (!to?.startsWith('/')) return '/'
  // Read as a browser reads it: it drops control characters and turns backslashes, "/\t/evil.example" is no path.
  const there = URL.parse(to, here)
  // "/.//evil.example" is a path when it is read first, and would be a host when what is left is read again.
  if (there?.origin !== here || there.pathname.startsWith('//')) return '/'
  return `${there.pathname}${there.search}${there.hash}`
}

/** The address behind "Sign in with Discord": the edge starts the login there, and comes back to `to`. */
export function loginAddress(to: string | undefined): string {
  return `/auth/login?${new URLSearchParams({ to: safeReturnPath(to) })}`
}
