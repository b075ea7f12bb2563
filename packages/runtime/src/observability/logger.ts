import { pino } from 'pino'
import { redact, redactText } from './redact.ts'

export type Logger = pino.Logger

export interface LoggerOptions {
  /** Name of the service, in every record. */
  readonly service: string
  readonly level: string
  /** Default: standard output. */
  readonly destination?: pino.DestinationStream
}

/** A logger that writes one JSON record a line. Secrets and message content are removed, however deep they are nested. */
export function createLogger({ service, level, destination }: LoggerOptions): Logger {
  const options: pino.LoggerOptions = {
    level,
    base: { service },
    timestamp: pino.stdTimeFunctions.isoTime,
    // `redact` writes errors, with their causes.
    serializers: { err: (error: unknown) => error },
    formatters: { level: (label) => ({ level: label }), log: (record) => asRecord(redact(record)) },
    hooks: {
      logMethod(args, method) {
        const [first, message, ...values] = args
        const [record, text] =
          first instanceof Error ? [{ err: first }, message ?? first.message] : [first, message]
        if (text === undefined) method.apply(this, [clean(record)])
        else method.apply(this, [clean(record), redactText(text), ...values.map(clean)])
      },
    },
  }
  // Synchronous: at exit, pino's default would keep trying to write to a pipe that has no reader.
  const logger = pino(options, destination ?? pino.destination({ dest: 1, sync: true }))
  // pino does not pass a child's bindings through the formatters.
  const original: unknown = Reflect.get(logger, 'child')
  if (typeof original !== 'function') throw new Error('pino has no child loggers')
  Object.defineProperty(logger, 'child', {
    value(this: Logger, bindings: pino.Bindings, childOptions?: pino.ChildLoggerOptions) {
      const made: unknown = Reflect.apply(original, this, [asRecord(redact(bindings)), childOptions])
      return made
    },
  })
  return logger
}

function asRecord(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? { ...value } : {}
}

function clean(value: unknown): unknown {
  return typeof value === 'string' ? redactText(value) : value
}
