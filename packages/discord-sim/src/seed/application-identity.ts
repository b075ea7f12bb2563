import { Random } from '../random.ts'
import { keyPairFromSeed } from '../interactions/request-signer.ts'
import { buildUser } from '../resources/users.ts'
import { snowflakeAt } from '../snowflake.ts'
import type { ApplicationState, UserState } from '../state/entities.ts'

/** A token has the bot's id, a timestamp and a signature, each in base64url. */
export function mintToken(botId: string, random: Random): string {
  return `${Buffer.from(botId).toString('base64url')}.${random.text(6)}.${random.text(38)}`
}

/** The application, its bot user and its owner, all from the seed (`appId` may fix the id). */
export function buildApplication(
  seed: string | number,
  appId: string | undefined,
  botUser: 'same' | 'own' = 'same',
): { app: ApplicationState; bot: UserState; owner: UserState } {
  const random = new Random(`application:${seed}`)
  const id = appId ?? snowflakeAt(Date.UTC(2024, 2, 4) + random.below(86_400_000), random.below(4_000))
  const keys = keyPairFromSeed(random.bytes(32))
  const owner = buildUser(
    snowflakeAt(Date.UTC(2017, 4, 20) + random.below(86_400_000), random.below(4_000)),
    {
      username: 'demo',
      globalName: 'Demo Admin',
    },
  )
  // Applications from before 2016 have another id than their bot.
  const botId =
    botUser === 'same'
      ? id
      : snowflakeAt(Date.UTC(2016, 1, 2) + random.below(86_400_000), random.below(4_000))
  const bot = buildUser(botId, { username: 'Mod Bot', bot: true })
  const app: ApplicationState = {
    id,
    name: 'Mod Bot',
    description: 'Keeps communities tidy.',
    botId: bot.id,
    ownerId: owner.id,
    token: mintToken(botId, random),
    clientSecret: random.text(32),
    publicKey: keys.publicKey,
    privateKeyPem: keys.privateKeyPem,
    redirectUris: [],
    interactionsEndpointUrl: null,
    privilegedIntents: { members: true, presences: true, messageContent: true },
    commands: new Map(),
    guildCommands: new Map(),
    userInstalls: new Set(),
    profile: {
      icon: null,
      coverImage: null,
      tags: [],
      customInstallUrl: null,
      roleConnectionsUrl: null,
      installParams: null,
      integrationTypes: { 0: {}, 1: {} },
    },
    entitlements: new Map(),
    eventWebhooks: { url: null, status: 1, types: [] },
  }
  return { app, bot, owner }
}
