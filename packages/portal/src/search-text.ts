/**
 * Reads an address's search as plain text. The router's own reader takes whatever looks like JSON for JSON: a Discord
 * id would become a number, and then another id.
 */
export function parseSearch(search: string): Record<string, string> {
  return Object.fromEntries(new URLSearchParams(search))
}

/** Writes a search of texts; whatever is no text is left out. */
export function stringifySearch(search: Record<string, unknown>): string {
  const text = new URLSearchParams()
  for (const [name, value] of Object.entries(search)) if (typeof value === 'string') text.set(name, value)
  return text.size === 0 ? '' : `?${text}`
}
