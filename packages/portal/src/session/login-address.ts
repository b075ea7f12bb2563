/** A path of this site to come back to; anything else becomes the server list. Never another site's address. */
export function safeReturnPath(to: string | undefined): string {
  if (!to || !/^\/(?![/\\])/.test(to)) return '/'
  // A browser drops control characters before it reads an address: "/\t/evil.example" would leave this site.
  return /[\u0000-\u001f\\]/.test(to) ? '/' : to
}

/** Where "Sign in with Discord" leads: the edge starts the login there, and comes back to `to`. */
export function loginAddress(to: string | undefined): string {
  return `/auth/login?${new URLSearchParams({ to: safeReturnPath(to) })}`
}
