/** A node of Discord's error tree: field names down to lists of what is wrong with them. */
export interface ErrorTree {
  [field: string]: ErrorTree | { code: string; message: string }[]
}

/** A failure that Discord answers with: HTTP status, its own numeric code and message. */
export class DiscordError extends Error {
  readonly status: number
  readonly code: number
  readonly errors: ErrorTree | null

  constructor(status: number, code: number, message: string, errors: ErrorTree | null = null) {
    super(message)
    this.name = 'DiscordError'
    this.status = status
    this.code = code
    this.errors = errors
  }

  body(): { message: string; code: number; errors?: ErrorTree } {
    return { message: this.message, code: this.code, ...(this.errors ? { errors: this.errors } : {}) }
  }
}

/** A mistake in how the simulator itself is used (control API, options), never something Discord says. */
export class SimError extends Error {
  override readonly name = 'SimError'
}

const unknownCodes = {
  application: [10002, 'Unknown Application'],
  channel: [10003, 'Unknown Channel'],
  guild: [10004, 'Unknown Guild'],
  invite: [10006, 'Unknown Invite'],
  member: [10007, 'Unknown Member'],
  message: [10008, 'Unknown Message'],
  overwrite: [10009, 'Unknown Overwrite'],
  role: [10011, 'Unknown Role'],
  user: [10013, 'Unknown User'],
  emoji: [10014, 'Unknown Emoji'],
  webhook: [10015, 'Unknown Webhook'],
  ban: [10026, 'Unknown Ban'],
  interaction: [10062, 'Unknown interaction'],
  command: [10063, 'Unknown application command'],
  sticker: [10060, 'Unknown sticker'],
  voiceState: [10065, 'Unknown Voice State'],
  scheduledEvent: [10070, 'Unknown Guild Scheduled Event'],
  entitlement: [10029, 'Unknown entitlement'],
  integration: [10005, 'Unknown integration'],
  automodRule: [10066, 'Unknown Auto Moderation Rule'],
} as const

/** 404 with the code Discord uses for that kind of resource. */
export function unknownResource(kind: keyof typeof unknownCodes): DiscordError {
  const [code, message] = unknownCodes[kind]
  return new DiscordError(404, code, message)
}

/** 403 with code 50013 or 50001. */
export const missingPermissions = () => new DiscordError(403, 50013, 'Missing Permissions')
export const missingAccess = () => new DiscordError(403, 50001, 'Missing Access')
export const needsMoreBoosts = () =>
  new DiscordError(403, 50101, 'This server needs more boosts to perform this action')
export const unauthorized = () => new DiscordError(401, 0, '401: Unauthorized')

/** 400 with code 50035 for one field; `path` is the field's name, dots between levels. */
export function invalidField(path: string, code: string, message: string): DiscordError {
  return invalidForm([{ path: path.split('.'), code, message }])
}

/** 400 with code 50035 and one `_errors` leaf for each problem. */
export function invalidForm(problems: { path: string[]; code: string; message: string }[]): DiscordError {
  const root: ErrorTree = {}
  for (const problem of problems) {
    let node = root
    for (const step of problem.path) {
      const child = node[step]
      if (child && !Array.isArray(child)) node = child
      else {
        const fresh: ErrorTree = {}
        node[step] = fresh
        node = fresh
      }
    }
    const leaf = Array.isArray(node._errors) ? node._errors : []
    leaf.push({ code: problem.code, message: problem.message })
    node._errors = leaf
  }
  return new DiscordError(400, 50035, 'Invalid Form Body', root)
}
