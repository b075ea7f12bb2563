import { readFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { CliError } from './cli-error.ts'
import { exitCodes } from './exit-code.ts'

const defaultUrl = 'http://localhost:3000'

export interface Settings {
  /** Where the edge is. */
  readonly url: URL
  readonly token: string
}

export interface SettingOptions {
  readonly url?: string | undefined
  readonly tokenFile?: string | undefined
}

/**
 * Reads the address and the token. An option overrides the environment, which overrides the file in the home folder.
 * There is no option for the token itself: other users of the machine can read a command's arguments.
 * @throws CliError
 */
export async function readSettings(options: SettingOptions, env: NodeJS.ProcessEnv): Promise<Settings> {
  return {
    url: readUrl(options.url ?? (env['GUILDMESH_URL'] || defaultUrl)),
    token: await readToken(options, env),
  }
}

/** Whether others could read a token in transit. */
export function isUnprotected(url: URL): boolean {
  return url.protocol === 'http:' && !['localhost', '127.0.0.1', '[::1]'].includes(url.hostname)
}

function readUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : null
  if (url && (url.protocol === 'http:' || url.protocol === 'https:')) return url
  throw new CliError(`"${text}" is not an http or https address.`, {
    next: 'Set GUILDMESH_URL or --url to the address of the portal, for example https://bot.example',
    exitCode: exitCodes.usage,
  })
}

async function readToken({ tokenFile }: SettingOptions, env: NodeJS.ProcessEnv): Promise<string> {
  if (tokenFile !== undefined) return readTokenFile(tokenFile)
  if (env['GUILDMESH_TOKEN']) return checkToken(env['GUILDMESH_TOKEN'], 'GUILDMESH_TOKEN')
  if (env['GUILDMESH_TOKEN_FILE']) return readTokenFile(env['GUILDMESH_TOKEN_FILE'])
  const configHome = env['XDG_CONFIG_HOME'] || join(env['HOME'] || homedir(), '.config')
  const path = join(configHome, 'guildmesh', 'token')
  try {
    return await readTokenFile(path)
  } catch (error) {
    if (!(error instanceof CliError) || !isMissing(error.cause)) throw error
    throw new CliError('No operator token found.', {
      next: `Set GUILDMESH_TOKEN, or store the token in ${path} or in a file given with --token-file. \`npm start\` prints one.`,
      exitCode: exitCodes.auth,
      cause: error,
    })
  }
}

async function readTokenFile(path: string): Promise<string> {
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    throw new CliError(`Cannot read the token file ${path}.`, {
      next: 'Check that it exists and that you have permission to read it.',
      exitCode: exitCodes.auth,
      cause: error,
    })
  })
  return checkToken(text.trim(), path)
}

function checkToken(token: string, where: string): string {
  if (/^[\w.~+/=-]{8,200}$/.test(token)) return token
  throw new CliError(`${where} does not contain an operator token.`, {
    next: 'It must contain only the token, on one line.',
    exitCode: exitCodes.auth,
  })
}

function isMissing(cause: unknown): boolean {
  return cause instanceof Error && 'code' in cause && cause.code === 'ENOENT'
}
