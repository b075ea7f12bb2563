/** What the address of the console's guild table says. */
export interface AdminGuildsSearch {
  readonly gateway?: string
  /** Guild id to locate. */
  readonly guild?: string
  /** Page: guilds after this id. */
  readonly after?: string
}

const gatewayId = /^gateway-(0|[1-9][0-9]{0,3})$/
const guildId = /^[1-9][0-9]{16,19}$/

/** Reads an address's search; what it does not know, it leaves out. */
export function readAdminGuildsSearch(raw: Record<string, unknown>): AdminGuildsSearch {
  const gateway = matching(raw['gateway'], gatewayId)
  const guild = matching(raw['guild'], guildId)
  const after = matching(raw['after'], guildId)
  return { ...(gateway ? { gateway } : {}), ...(guild ? { guild } : {}), ...(after ? { after } : {}) }
}

/** Whether this text is a Discord id, as the API will take it. */
export function isGuildId(text: string): boolean {
  return guildId.test(text)
}

function matching(value: unknown, pattern: RegExp): string | null {
  return typeof value === 'string' && pattern.test(value) ? value : null
}
