/** Who looks at what, as the page's address says: `/chat/<server or @me>/<channel>?as=<user>`. */
export interface Address {
  userId: string | null
  guildId: string | null
  channelId: string | null
}

/** Reads the address of a page; parts that are missing are null. */
export function parseAddress(pathname: string, search: string): Address {
  const [, , guildId, channelId] = pathname.split('/')
  return {
    userId: new URLSearchParams(search).get('as'),
    guildId: guildId || null,
    channelId: channelId || null,
  }
}

/** The page's path and query for an address. */
export function formatAddress({ userId, guildId, channelId }: Address): string {
  const path = [guildId, guildId === null ? null : channelId].filter((part) => part !== null)
  const query = userId === null ? '' : `?${new URLSearchParams({ as: userId }).toString()}`
  return `/chat${path.map((part) => `/${part}`).join('')}${query}`
}
