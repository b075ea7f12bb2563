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

/** A logger of JSON records, one a line. Secrets and message content are taken out wherever they are nested. */
export function createLogger({ service, level, destination }: LoggerOptions): Logger {
  const options: pino.LoggerOptions = {
    level,
    base: { service },
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: {
      level: (label) => ({ level: label }),
      bindings: (bindings) => asRecord(redact(bindings)),
      log: (record) => asRecord(redact(record)),
    },
    hooks: {
      logMethod(args, method) {
        const [first, message, ...values] = args
        if (message === undefined) method.apply(this, [clean(first)])
        else method.apply(this, [clean(first), redactText(message), ...values.map(clean)])
      },
    },
  }
  return destination ? pino(options, destination) : pino(options)
}

function asRecord(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? { ...value } : {}
}

function clean(value: unknown): unknown {
  return typeof value === 'string' ? redactText(value) : value
}
