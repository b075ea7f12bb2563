/** What the parts of a service need of a logger. The first of `fields` is `event`, the name of what happened. */
export interface LogPort {
  debug(fields: object, message: string): void
  info(fields: object, message: string): void
  warn(fields: object, message: string): void
  error(fields: object, message: string): void
}
