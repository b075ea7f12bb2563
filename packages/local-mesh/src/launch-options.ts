import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import type { Verbosity } from './render-log-line.ts'

/** The Discord that the mesh runs against. */
export type DiscordTarget =
  | {
      readonly kind: 'simulator'
      readonly guilds: number
      /** Messages a second, over all guilds. */
      readonly rate: number
      readonly seed: number
    }
  | {
      readonly kind: 'discord'
      readonly token: string
      readonly appId: string
      readonly publicKey: string
      readonly clientSecret: string
    }

/** The options of `npm start`. */
export interface LaunchOptions {
  readonly discord: DiscordTarget
  /** Number of gateways. */
  readonly gateways: number
  /** Files of discord.js bots that every gateway mounts, absolute. */
  readonly mount: readonly string[]
  /** Delete the state of earlier runs. */
  readonly fresh: boolean
  readonly verbosity: Verbosity
  /** Folder of what outlives a run; `null`: `.guildmesh` in the checkout. */
  readonly stateDir: string | null
  /** A PostgreSQL to use instead of one from npm. */
  readonly databaseUrl: string | null
}

export type ParsedLaunch =
  | { readonly kind: 'run'; readonly options: LaunchOptions }
  | { readonly kind: 'help' }
  | { readonly kind: 'wrong'; readonly problems: readonly string[] }

export const launchHelp = `Starts a whole guildmesh on this machine.

usage: npm start [-- options]
  --guilds N     simulated guilds (default 30)
  --rate N       simulated messages a second, over all guilds (default 5)
  --seed N       seed of the simulated Discord (default 1)
  --gateways N   gateways (default 3)
  --mount FILE   also run this discord.js bot, such as examples/mounted-bot/bot.js; may be repeated
  --fresh        start from scratch: deletes the state of earlier runs
  --state PATH   folder of the state (default .guildmesh in the checkout)
  --quiet        show warnings only
  --verbose      show everything
  --help         show this help

If DISCORD_TOKEN, DISCORD_APP_ID, DISCORD_PUBLIC_KEY and DISCORD_CLIENT_SECRET are set, it runs against Discord instead
of the simulator. If DATABASE_URL is set, it uses that PostgreSQL (16 or newer) instead of the one from npm.`

const limits = {
  guilds: { from: 1, to: 10_000, otherwise: 30 },
  rate: { from: 0, to: 5000, otherwise: 5 },
  seed: { from: 0, to: 2 ** 31, otherwise: 1 },
  gateways: { from: 1, to: 10, otherwise: 3 },
} as const

const discordVariables = [
  'DISCORD_TOKEN',
  'DISCORD_APP_ID',
  'DISCORD_PUBLIC_KEY',
  'DISCORD_CLIENT_SECRET',
] as const

/** Reads the command line and the environment of `npm start`; reports every problem at once. */
export function parseLaunch(args: readonly string[], environment: NodeJS.ProcessEnv): ParsedLaunch {
  const problems: string[] = []
  const values = readArguments(args, problems)
  if (values?.help === true) return { kind: 'help' }
  const number = (name: keyof typeof limits) => readNumber(name, values?.[name], problems)
  const [guilds, rate, seed, gateways] = [
    number('guilds'),
    number('rate'),
    number('seed'),
    number('gateways'),
  ]
  if (values?.quiet === true && values.verbose === true)
    problems.push('use either --quiet or --verbose, not both')
  const mount = (values?.mount ?? []).map((file) => resolve(file))
  for (const file of mount) {
    if (!existsSync(file)) problems.push(`--mount: there is no file ${file}`)
    else if (file.includes(',')) problems.push(`--mount: the path ${file} must not contain a comma`)
  }
  const real = readDiscord(environment, problems)
  if (problems.length > 0) return { kind: 'wrong', problems }
  return {
    kind: 'run',
    options: {
      discord: real ?? { kind: 'simulator', guilds, rate, seed },
      gateways,
      mount,
      fresh: values?.fresh ?? false,
      stateDir: values?.state ?? null,
      verbosity: values?.quiet === true ? 'quiet' : values?.verbose === true ? 'verbose' : 'normal',
      databaseUrl: environment['DATABASE_URL'] || null,
    },
  }
}

function readArguments(args: readonly string[], problems: string[]) {
  try {
    const { values } = parseArgs({
      args: [...args],
      strict: true,
      allowPositionals: false,
      options: {
        guilds: { type: 'string' },
        rate: { type: 'string' },
        seed: { type: 'string' },
        gateways: { type: 'string' },
        mount: { type: 'string', multiple: true },
        state: { type: 'string' },
        fresh: { type: 'boolean' },
        quiet: { type: 'boolean' },
        verbose: { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
      },
    })
    return values
  } catch (error) {
    problems.push(error instanceof Error ? error.message : String(error))
    return null
  }
}

function readNumber(name: keyof typeof limits, text: string | undefined, problems: string[]): number {
  const { from, to, otherwise } = limits[name]
  if (text === undefined) return otherwise
  const value = /^[0-9]+$/.test(text) ? Number(text) : Number.NaN
  if (value >= from && value <= to) return value
  problems.push(`--${name} must be a whole number from ${from} to ${to}, not "${text}"`)
  return otherwise
}

function readDiscord(environment: NodeJS.ProcessEnv, problems: string[]): DiscordTarget | null {
  if (!environment['DISCORD_TOKEN']) return null
  const missing = discordVariables.filter((name) => !environment[name])
  for (const name of missing) problems.push(`DISCORD_TOKEN is set, so ${name} must be set too`)
  return {
    kind: 'discord',
    token: environment['DISCORD_TOKEN'],
    appId: environment['DISCORD_APP_ID'] ?? '',
    publicKey: environment['DISCORD_PUBLIC_KEY'] ?? '',
    clientSecret: environment['DISCORD_CLIENT_SECRET'] ?? '',
  }
}
