import { type APIInteractionResponse, PermissionFlagsBits as bits } from 'discord-api-types/v10'
import { expect, test } from 'vitest'
import { channel, channelId, guildCreate, member, role, roleId, user, botId } from '../../testing/payloads.ts'
import { TestGuild, testGuildId } from '../../testing/test-guild.ts'
import { draftKeptMs, setupFeature } from './setup-feature.ts'

/** An administrator at the wizard: runs the command, uses its menus, reads what comes back. */
class Administrator {
  readonly #guild: TestGuild
  readonly #user: number
  view = ''
  type = 0

  constructor(guild: TestGuild, userNumber = 1) {
    this.#guild = guild
    this.#user = userNumber
  }

  run(): this {
    return this.#see(this.#guild.command('setup', [], { user: this.#user }))
  }

  /** Uses the menu or button of this name as the wizard shows it. */
  use(part: string, ...values: string[]): this {
    const customId = this.customId(part)
    if (!customId) throw new Error(`the wizard shows no ${part}: ${this.view}`)
    return this.click(customId, ...values)
  }

  click(customId: string, ...values: string[]): this {
    return this.#see(this.#guild.component(customId, values, { user: this.#user }))
  }

  customId(part: string): string | undefined {
    return new RegExp(`"custom_id":"(setup\\|[^"]*\\|${part})"`).exec(this.view)?.[1]
  }

  #see(answer: APIInteractionResponse): this {
    this.type = answer.type
    this.view = JSON.stringify('data' in answer ? answer.data : null)
    return this
  }
}

const settingsOf = (guild: TestGuild) => guild.rows((rows) => rows.settings())
const drafts = (guild: TestGuild) => guild.rows((rows) => rows.count('setupDrafts'))

/** A guild where the bot is administrator, or has the permissions given. */
function inGuild(guild: TestGuild, botPermissions = bits.Administrator, more: Record<string, unknown> = {}) {
  guild.deliver([
    'GUILD_CREATE',
    guildCreate(testGuildId, {
      roles: [
        role(testGuildId, 0n),
        role(roleId(1), botPermissions, { position: 5 }),
        role(roleId(2), 0n, { position: 2 }),
      ],
      members: [{ ...member(1, { roles: [roleId(1)] }), user: user(1, { id: botId, bot: true }) }],
      channels: [1, 2, 3].map((n) => channel(n)),
      ...more,
    }),
  ])
}

test('the wizard leads from nothing to saved settings', () => {
  using guild = new TestGuild([setupFeature])
  inGuild(guild)
  const admin = new Administrator(guild).run()
  expect(admin.type).toBe(4)
  expect(admin.view).toContain('Choose the moderator role.')
  expect(JSON.parse(admin.view)).toMatchObject({ flags: 64 | (1 << 15) })
  admin.use('moderatorRoleId', roleId(2))
  expect(admin.type).toBe(7)
  admin.use('modLogChannelId', channelId(1))
  admin.use('honeypotChannelId', channelId(2))
  admin.use('quorum', '5')
  expect(settingsOf(guild)).toBeNull()
  admin.use('save')
  expect(admin.view).toContain('Settings saved')
  expect(settingsOf(guild)).toEqual({
    moderatorRoleId: roleId(2),
    modLogChannelId: channelId(1),
    deletionLogChannelId: null,
    honeypotChannelId: channelId(2),
    ticketChannelId: null,
    restrictedRoleId: null,
    quorum: 5,
  })
  expect(drafts(guild)).toBe(0)
})

test('running it again shows the present values, and each optional one can be cleared', () => {
  using guild = new TestGuild([setupFeature])
  inGuild(guild)
  const admin = new Administrator(guild).run()
  admin.use('moderatorRoleId', roleId(2))
  admin.use('modLogChannelId', channelId(1))
  admin.use('save')
  admin.run()
  expect(admin.view).toContain(`{"id":"${channelId(1)}","type":"channel"}`)
  expect(admin.view).toContain(`{"id":"${roleId(2)}","type":"role"}`)
  admin.use('modLogChannelId')
  admin.use('save')
  expect(settingsOf(guild)).toMatchObject({ moderatorRoleId: roleId(2), modLogChannelId: null })
})

test('the draft survives a restart of the gateway', () => {
  using guild = new TestGuild([setupFeature])
  inGuild(guild)
  const admin = new Administrator(guild).run()
  admin.use('moderatorRoleId', roleId(2))
  guild.restart()
  admin.use('save')
  expect(settingsOf(guild)?.moderatorRoleId).toBe(roleId(2))
})

test('an older view of the wizard changes nothing and is drawn anew', () => {
  using guild = new TestGuild([setupFeature])
  inGuild(guild)
  const admin = new Administrator(guild).run()
  const staleSave = admin.customId('save') ?? ''
  admin.use('moderatorRoleId', roleId(2))
  admin.click(staleSave)
  expect(admin.type).toBe(7)
  expect(admin.view).toContain('up to date now')
  expect(settingsOf(guild)).toBeNull()
  admin.use('save')
  expect(settingsOf(guild)?.moderatorRoleId).toBe(roleId(2))
})

test('it cannot be saved without a moderator role, by whatever click', () => {
  using guild = new TestGuild([setupFeature])
  inGuild(guild)
  const admin = new Administrator(guild).run()
  admin.use('save')
  expect(admin.view).toContain('Choose the moderator role.')
  expect(settingsOf(guild)).toBeNull()
  admin.use('moderatorRoleId', testGuildId)
  expect(admin.view).toContain('@everyone cannot be the moderator role.')
})

test('a draft of somebody else, an expired one and a made-up one are of no use', () => {
  using guild = new TestGuild([setupFeature])
  inGuild(guild)
  const admin = new Administrator(guild).run()
  admin.use('moderatorRoleId', roleId(2))
  const save = admin.customId('save') ?? ''
  const other = new Administrator(guild, 2).click(save)
  expect(other.view).toContain('belongs to somebody else')
  admin.click('setup|1|0|save')
  expect(admin.view).toContain('has expired')
  guild.now += draftKeptMs
  admin.click(save)
  expect(admin.view).toContain('has expired')
  expect(settingsOf(guild)).toBeNull()
})

test('cancelling forgets the draft', () => {
  using guild = new TestGuild([setupFeature])
  inGuild(guild)
  const admin = new Administrator(guild).run()
  admin.use('cancel')
  expect(admin.view).toContain('Nothing was changed')
  expect(drafts(guild)).toBe(0)
})

test('every permission that the bot lacks is named, in the server and in each chosen channel', () => {
  using guild = new TestGuild([setupFeature])
  const has =
    bits.ViewAuditLog |
    bits.KickMembers |
    bits.ModerateMembers |
    bits.ManageMessages |
    bits.ViewChannel |
    bits.SendMessages
  inGuild(guild, has, {
    channels: [
      channel(1, {
        permission_overwrites: [{ id: testGuildId, type: 0, allow: '0', deny: String(bits.SendMessages) }],
      }),
    ],
    roles: [
      role(testGuildId, 0n),
      role(roleId(1), has, { position: 1 }),
      role(roleId(2), 0n, { position: 2 }),
    ],
  })
  const admin = new Administrator(guild).run()
  expect(admin.view).toContain('In the server: Ban Members')
  admin.use('modLogChannelId', channelId(1))
  expect(admin.view).toContain(
    `In <#${channelId(1)}>: Send Messages, Embed Links, Manage Threads, Create Public Threads, Send Messages In Threads`,
  )
  admin.use('restrictedRoleId', roleId(2))
  expect(admin.view).toContain('Manage Roles')
  expect(admin.view).toContain(`must be above <@&${roleId(2)}>`)
  admin.use('ticketChannelId', channelId(44))
  expect(admin.view).toContain(`<#${channelId(44)}> no longer exists`)
})

test('a channel that the bot cannot see is named as such, with nothing read out of what Discord hides', () => {
  using guild = new TestGuild([setupFeature])
  const hidden = channel(1, {
    name: '___hidden___',
    flags: 1 << 17,
    permission_overwrites: [{ id: testGuildId, type: 0, allow: '0', deny: '1024' }],
  })
  inGuild(guild, bits.ViewChannel | bits.SendMessages, { channels: [hidden] })
  const admin = new Administrator(guild)
    .run()
    .use('moderatorRoleId', roleId(2))
    .use('modLogChannelId', channelId(1))
  expect(admin.view).toContain(`The bot cannot see <#${channelId(1)}>: it needs View Channel there first`)
  expect(admin.view).not.toContain(`In <#${channelId(1)}>`)
  expect(admin.view).not.toContain('___hidden___')
})

test('the wizard keeps to the 40 components that a message may have, in its fullest form', () => {
  using guild = new TestGuild([setupFeature])
  inGuild(guild, 0n)
  const admin = new Administrator(guild).run()
  const stale = admin.customId('quorum') ?? ''
  for (const n of [1, 2, 3])
    admin.use(['modLogChannelId', 'honeypotChannelId', 'ticketChannelId'][n - 1] ?? '', channelId(1))
  admin.click(stale, '4')
  expect([...admin.view.matchAll(/"type":\d+/g)].length).toBeLessThanOrEqual(40)
})
