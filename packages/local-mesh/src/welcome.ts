import type { DiscordTarget } from './launch-options.ts'

export interface Welcome {
  readonly url: string
  readonly simulatorUrl: string | null
  readonly operatorToken: string
  readonly discord: DiscordTarget
  /** Someone of the simulated Discord who runs several servers; `null` with the real one. */
  readonly demoUser: string | null
  readonly stateDir: string
  readonly startedAfterMs: number
}

/** What a person sees when the mesh serves: where to look, who to be, what to type. */
export function renderWelcome(welcome: Welcome): string {
  const { url, simulatorUrl, operatorToken, discord, demoUser } = welcome
  const seconds = (welcome.startedAfterMs / 1000).toFixed(1)
  const signIn =
    demoUser === null
      ? `  sign in as      yourself, with Discord (its redirect must be ${url}/auth/callback)`
      : `  sign in as      ${demoUser} (the simulated Discord offers everyone; no password)`
  const discordLines =
    discord.kind === 'simulator'
      ? [
          `  Discord         simulated at ${simulatorUrl ?? ''}: ${discord.guilds} servers, ${discord.rate} events a second`,
        ]
      : [
          '  Discord         the real one',
          `                  it must reach ${url}/webhooks/discord: give it a public address with a tunnel`,
        ]
  return [
    `guildmesh serves (after ${seconds} s).`,
    '',
    `  portal          ${url}`,
    signIn,
    ...discordLines,
    `  operator token  ${operatorToken}`,
    '',
    '  The command line, in another terminal:',
    `    export GUILDMESH_URL=${url} GUILDMESH_TOKEN=${operatorToken}`,
    '    npx guildmesh status',
    '    npx guildmesh gateway list',
    '',
    `  State is kept in ${welcome.stateDir}; "npm start -- --fresh" begins anew.`,
    '  Ctrl-C ends everything. Kill any process (processes.json there names them): it comes back.',
  ].join('\n')
}
