/** First millisecond of 2015: the zero of Discord's ids. */
const DISCORD_EPOCH_MS = 1_420_070_400_000

/** Milliseconds since the Unix epoch at which the id was made. */
export function snowflakeTimeMs(id: string): number {
  return Number(BigInt(id) >> 22n) + DISCORD_EPOCH_MS
}

/** An id made at `timeMs`; `low` fills the 22 bits of worker, process and increment. */
export function snowflakeAt(timeMs: number, low = 0): string {
  return (
    (BigInt(Math.max(0, Math.floor(timeMs) - DISCORD_EPOCH_MS)) << 22n) |
    BigInt(low & 0x3fffff)
  ).toString()
}

/** The part of an id that chooses its shard: `shardKey % shardCount`. Exact, as it has at most 42 bits. */
export function shardKey(guildId: string): number {
  return Number(BigInt(guildId) >> 22n)
}

/**
 * A number of 64 bits, of whatever length: lists begin at `after=0`.
 * Source: `SnowflakeType` of Discord's OpenAPI description,
 * https://github.com/discord/discord-api-spec/blob/main/specs/openapi.json
 */
export function isSnowflake(text: string): boolean {
  return /^(0|[1-9]\d{0,19})$/.test(text) && BigInt(text) < 1n << 64n
}

/** Orders ids by age without parsing them: ids of equal length compare as text. */
export function compareSnowflakes(left: string, right: string): number {
  if (left.length !== right.length) return left.length - right.length
  return left < right ? -1 : left > right ? 1 : 0
}

/** Hands out ids that rise strictly, each carrying the time it was asked for. */
export class SnowflakeMint {
  #last = 0n
  readonly #now: () => number

  constructor(now: () => number) {
    this.#now = now
  }

  next(): string {
    const fresh = BigInt(Math.max(0, Math.floor(this.#now()) - DISCORD_EPOCH_MS)) << 22n
    this.#last = fresh > this.#last ? fresh : this.#last + 1n
    return this.#last.toString()
  }
}
