/**
 * A time in Discord's notation: an offset instead of `Z`, and microseconds, which are left out where they are 0.
 * Source: the examples of https://docs.discord.com/developers/resources/message#message-object
 */
export function isoTimestamp(ms: number): string {
  const text = new Date(ms).toISOString()
  return ms % 1_000 === 0 ? `${text.slice(0, 19)}+00:00` : `${text.slice(0, 23)}000+00:00`
}
