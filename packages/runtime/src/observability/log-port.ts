/** The part of a logger that parts of a service use. `fields` begin with `event`, the name of what happened. */
export interface LogPort {
  debug(fields: object, message: string): void
  info(fields: object, message: string): void
  warn(fields: object, message: string): void
  error(fields: object, message: string): void
}
