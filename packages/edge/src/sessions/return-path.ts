/** Where a login leads by default. */
const homePath = '/'

const maxLength = 2000
/** Any origin will do: it is only compared with the one that a text resolves to. */
const base = new URL('https://portal.invalid')

/**
 * The path to return to after the login, from the untrusted `?to=`. Only a path of the portal itself is followed;
 * anything that a browser could read as another origin (`//host`, `/\host`, `https:host`), and the login's and
 * API's own paths, lead to the home page.
 */
export function returnPathOf(to: unknown): string {
  if (typeof to !== 'string' || to.length > maxLength || !/^\/[^/\\]/.test(to)) return homePath
  // Browsers drop tabs and line ends from a URL, so `/<tab>/host` would be `//host`.
  if (hasControlCharacter(to) || to.includes('\\') || !URL.canParse(to, base.href)) return homePath
  const url = new URL(to, base)
  if (url.origin !== base.origin || /^\/(auth|api|webhooks)(\/|$)/i.test(url.pathname)) return homePath
  // Dot segments may have left an empty first segment: `/.//host` is normalised to `//host`.
  if (url.pathname.startsWith('//')) return homePath
  return url.pathname + url.search + url.hash
}

function hasControlCharacter(text: string): boolean {
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0
    if (code < 0x20 || code === 0x7f) return true
  }
  return false
}
