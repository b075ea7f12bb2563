/** Whether a value, as JSON gives it, is an object (and no array), whose fields are still to be looked at. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
