import { parseArgs } from 'node:util'
import type { DiscordSimOptions } from './options.ts'

/** What the command line asks for: help, a mistake in it, or options and where to write the key. */
export type CommandLine =
  | { kind: 'help' }
  | { kind: 'mistake'; message: string }
  | { kind: 'run'; options: DiscordSimOptions; publicKeyOut: string | null }

export const usage = `discord-sim: a Discord of your own

  --port <n>               port of REST, gateway, OAuth2 and control API (default 4400; 0 = any free one)
  --resume-port <n>        port behind resume_gateway_url (default 0)
  --host <address>         default 127.0.0.1
  --public-host <name>     the host that clients are told to connect to
  --seed <text>            same seed, same world and traffic (default 1)
  --guilds <n>             seeded guilds (default 10)
  --members <n>            people per guild (default 24)
  --rate <n>               events a second from the start (default 0)
  --shards <n>             recommended shard count (default 3)
  --app-id <snowflake>     id of the application
  --interactions-url <url> post interactions there (unverified; see setInteractionsUrl of the control API)
  --public-key-out <file>  write the application's public key (hex) to a file
  --heartbeat-ms <n>       interval between heartbeats (default 41250)
  --trim-on-heartbeat      forget what a heartbeat acknowledged: a RESUME from before it fails
  --chaos <seed>           everything that Discord may do, at random from this seed
  --no-rate-limits         never answer 429 on its own
  --strict                 exit with 1 if the bot used a route that is not simulated
  --help

GET /_sim/app shows the token, client secret and public key; GET /_sim lists the control verbs.
`

const numbers = ['port', 'resume-port', 'guilds', 'members', 'rate', 'shards', 'heartbeat-ms'] as const

/** Reads the arguments. Never throws: mistakes come back as what to tell the person. */
export function readCommandLine(args: readonly string[]): CommandLine {
  let values
  try {
    values = parseArgs({
      args: [...args],
      options: {
        port: { type: 'string' },
        'resume-port': { type: 'string' },
        host: { type: 'string' },
        'public-host': { type: 'string' },
        seed: { type: 'string' },
        guilds: { type: 'string' },
        members: { type: 'string' },
        rate: { type: 'string' },
        shards: { type: 'string' },
        'app-id': { type: 'string' },
        'interactions-url': { type: 'string' },
        'public-key-out': { type: 'string' },
        'heartbeat-ms': { type: 'string' },
        'trim-on-heartbeat': { type: 'boolean' },
        'no-rate-limits': { type: 'boolean' },
        chaos: { type: 'string' },
        strict: { type: 'boolean' },
        help: { type: 'boolean' },
      },
    }).values
  } catch (error) {
    return { kind: 'mistake', message: error instanceof Error ? error.message : String(error) }
  }
  if (values.help) return { kind: 'help' }
  for (const name of numbers) {
    const text = values[name]
    if (text !== undefined && !/^\d+(\.\d+)?$/.test(text)) {
      return { kind: 'mistake', message: `--${name} takes a number, not "${text}"` }
    }
  }
  const url = values['interactions-url']
  if (url !== undefined && !URL.canParse(url))
    return { kind: 'mistake', message: `--interactions-url "${url}" is not a URL` }
  const appId = values['app-id']
  if (appId !== undefined && !/^\d{17,19}$/.test(appId)) {
    return { kind: 'mistake', message: `--app-id takes 17 to 19 digits, not "${appId}"` }
  }
  return {
    kind: 'run',
    publicKeyOut: values['public-key-out'] ?? null,
    options: {
      port: Number(values.port ?? 4400),
      resumePort: Number(values['resume-port'] ?? 0),
      host: values.host ?? '127.0.0.1',
      seed: values.seed ?? '1',
      guilds: Number(values.guilds ?? 10),
      membersPerGuild: Number(values.members ?? 24),
      rate: Number(values.rate ?? 0),
      shards: Number(values.shards ?? 3),
      strict: values.strict ?? false,
      replay: { trimOnHeartbeat: values['trim-on-heartbeat'] ?? false },
      ...(values['heartbeat-ms'] === undefined
        ? {}
        : { heartbeatIntervalMs: Number(values['heartbeat-ms']) }),
      rateLimits: { enforced: !values['no-rate-limits'] },
      ...(values.chaos === undefined ? {} : { chaos: { seed: values.chaos } }),
      ...(appId === undefined ? {} : { appId }),
      ...(values['public-host'] === undefined ? {} : { publicHost: values['public-host'] }),
      ...(url === undefined ? {} : { interactionsUrl: url }),
    },
  }
}
