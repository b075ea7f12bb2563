import type { DiscordTarget } from './launch-options.ts'

export interface Welcome {
  readonly url: string
  readonly simulatorUrl: string | null
  readonly operatorToken: string
  readonly discord: DiscordTarget
  /** A user of the simulated Discord who runs several servers; `null` with the real Discord. */
  readonly demoUser: string | null
  readonly stateDir: string
  readonly startedAfterMs: number
}

/** What a person sees when the mesh is ready: where to look, whom to sign in as, what to type. */
export function renderWelcome(welcome: Welcome): string {
  const { url, simulatorUrl, operatorToken, discord, demoUser } = welcome
  const seconds = (welcome.startedAfterMs / 1000).toFixed(1)
  const signIn =
    demoUser === null
      ? `  sign in as      yourself, with Discord (add ${url}/auth/callback to its OAuth2 redirects)`
      : `  sign in as      ${demoUser} (the simulated Discord lists its users; no password)`
  const discordLines =
    discord.kind === 'simulator'
      ? [
          `  Discord         simulated at ${simulatorUrl ?? ''}: ${discord.guilds} servers, ${discord.rate} events a second`,
          `  chat page       ${simulatorUrl ?? ''}/chat: use the bot as any simulated person, and watch what it does`,
        ]
      : [
          '  Discord         the real one',
          `                  it must be able to reach ${url}/webhooks/discord, for example through a tunnel`,
        ]
  return [
    `guildmesh is ready (${seconds} s).`,
    '',
    `  portal          ${url}`,
    signIn,
    ...discordLines,
    `  operator token  ${operatorToken}`,
    '',
    '  Command line, in another terminal:',
    `    export GUILDMESH_URL=${url} GUILDMESH_TOKEN=${operatorToken}`,
    '    npx guildmesh status',
    '    npx guildmesh gateway list',
    '',
    `  State is kept in ${welcome.stateDir}; "npm start -- --fresh" starts from scratch.`,
    '  Ctrl-C stops everything. Kill any process (processes.json there lists them): it is restarted.',
  ].join('\n')
}
