import { InteractionId } from '@guildmesh/contracts'
import { PermissionFlagsBits as bits } from 'discord-api-types/v10'
import { expect, test } from 'vitest'
import {
  channel,
  channelId,
  guildCreate,
  member,
  role,
  roleId,
  user,
  botId,
} from '../../../test/owner-side/payloads.ts'
import { call, guildA, TestOwner } from '../../../test/owner-side/test-owner.ts'
import { draftKeptMs } from './setup-feature.ts'

let lastInteraction = 0

/** An administrator at the wizard: runs the command, uses its menus, reads what comes back. */
class Administrator {
  readonly #gateway: TestOwner
  readonly #user: number
  view = ''
  type = 0

  constructor(gateway: TestOwner, userNumber = 1) {
    this.#gateway = gateway
    this.#user = userNumber
  }

  run() {
    return this.#act({ type: 2, data: { id: '1', name: 'setup', type: 1 } })
  }

  /** Uses the menu or button of this name as the wizard shows it. */
  use(part: string, ...values: string[]) {
    const customId = this.customId(part)
    if (!customId) throw new Error(`the wizard shows no ${part}: ${this.view}`)
    return this.click(customId, ...values)
  }

  click(customId: string, ...values: string[]) {
    const data = { custom_id: customId, component_type: values.length > 0 ? 6 : 2, values }
    return this.#act({ type: 3, message: { id: '1', flags: 64 }, data })
  }

  customId(part: string): string | undefined {
    return new RegExp(`"custom_id":"(setup\\|[^"]*\\|${part})"`).exec(this.view)?.[1]
  }

  async #act(payload: Record<string, unknown>): Promise<this> {
    lastInteraction += 1
    const id = String(700000000000000000n + BigInt(lastInteraction))
    const answer = await this.#gateway.owner.port.interactions.handle(
      {
        interactionId: InteractionId.parse(id),
        guild: { guildId: guildA, epoch: 1 },
        payload: {
          id,
          guild_id: guildA,
          app_permissions: '0',
          member: { user: user(this.#user), roles: [], permissions: String(bits.Administrator) },
          ...payload,
        },
      },
      call(),
    )
    this.type = answer.response.type
    this.view = JSON.stringify(answer.response.data)
    return this
  }
}

const settingsOf = (gateway: TestOwner) => gateway.rows(guildA, (rows) => rows.settings())
const drafts = (gateway: TestOwner) => gateway.rows(guildA, (rows) => rows.count('setupDrafts'))

/** A guild where the bot is administrator, or has the permissions given. */
async function inGuild(
  gateway: TestOwner,
  botPermissions = bits.Administrator,
  more: Record<string, unknown> = {},
) {
  await gateway.deliver(guildA, [
    'GUILD_CREATE',
    guildCreate(guildA, {
      roles: [
        role(guildA, 0n),
        role(roleId(1), botPermissions, { position: 5 }),
        role(roleId(2), 0n, { position: 2 }),
      ],
      members: [{ ...member(1, { roles: [roleId(1)] }), user: user(1, { id: botId, bot: true }) }],
      channels: [1, 2, 3].map((n) => channel(n)),
      ...more,
    }),
  ])
}

test('the wizard leads from nothing to saved settings', async () => {
  await using gateway = new TestOwner()
  await inGuild(gateway)
  const admin = await new Administrator(gateway).run()
  expect(admin.type).toBe(4)
  expect(admin.view).toContain('Choose the moderator role.')
  expect(JSON.parse(admin.view)).toMatchObject({ flags: 64 | (1 << 15) })
  await admin.use('moderatorRoleId', roleId(2))
  expect(admin.type).toBe(7)
  await admin.use('modLogChannelId', channelId(1))
  await admin.use('honeypotChannelId', channelId(2))
  await admin.use('quorum', '5')
  expect(settingsOf(gateway)).toBeNull()
  await admin.use('save')
  expect(admin.view).toContain('Settings saved')
  expect(settingsOf(gateway)).toEqual({
    moderatorRoleId: roleId(2),
    modLogChannelId: channelId(1),
    deletionLogChannelId: null,
    honeypotChannelId: channelId(2),
    ticketChannelId: null,
    restrictedRoleId: null,
    quorum: 5,
  })
  expect(drafts(gateway)).toBe(0)
})

test('running it again shows the present values, and each optional one can be cleared', async () => {
  await using gateway = new TestOwner()
  await inGuild(gateway)
  const admin = await new Administrator(gateway).run()
  await admin.use('moderatorRoleId', roleId(2))
  await admin.use('modLogChannelId', channelId(1))
  await admin.use('save')
  await admin.run()
  expect(admin.view).toContain(`{"id":"${channelId(1)}","type":"channel"}`)
  expect(admin.view).toContain(`{"id":"${roleId(2)}","type":"role"}`)
  await admin.use('modLogChannelId')
  await admin.use('save')
  expect(settingsOf(gateway)).toMatchObject({ moderatorRoleId: roleId(2), modLogChannelId: null })
})

test('the draft survives a restart of the gateway', async () => {
  await using gateway = new TestOwner()
  await inGuild(gateway)
  const admin = await new Administrator(gateway).run()
  await admin.use('moderatorRoleId', roleId(2))
  await gateway.restart()
  await admin.use('save')
  expect(settingsOf(gateway)?.moderatorRoleId).toBe(roleId(2))
})

test('an older view of the wizard changes nothing and is drawn anew', async () => {
  await using gateway = new TestOwner()
  await inGuild(gateway)
  const admin = await new Administrator(gateway).run()
  const staleSave = admin.customId('save') ?? ''
  await admin.use('moderatorRoleId', roleId(2))
  await admin.click(staleSave)
  expect(admin.type).toBe(7)
  expect(admin.view).toContain('up to date now')
  expect(settingsOf(gateway)).toBeNull()
  await admin.use('save')
  expect(settingsOf(gateway)?.moderatorRoleId).toBe(roleId(2))
})

test('it cannot be saved without a moderator role, by whatever click', async () => {
  await using gateway = new TestOwner()
  await inGuild(gateway)
  const admin = await new Administrator(gateway).run()
  await admin.use('save')
  expect(admin.view).toContain('Choose the moderator role.')
  expect(settingsOf(gateway)).toBeNull()
  await admin.use('moderatorRoleId', guildA)
  expect(admin.view).toContain('@everyone cannot be the moderator role.')
})

test('a draft of somebody else, an expired one and a made-up one are of no use', async () => {
  await using gateway = new TestOwner()
  await inGuild(gateway)
  const admin = await new Administrator(gateway).run()
  await admin.use('moderatorRoleId', roleId(2))
  const save = admin.customId('save') ?? ''
  const other = await new Administrator(gateway, 2).click(save)
  expect(other.view).toContain('belongs to somebody else')
  await admin.click('setup|1|0|save')
  expect(admin.view).toContain('has expired')
  gateway.now += draftKeptMs
  await admin.click(save)
  expect(admin.view).toContain('has expired')
  expect(settingsOf(gateway)).toBeNull()
})

test('cancelling forgets the draft', async () => {
  await using gateway = new TestOwner()
  await inGuild(gateway)
  const admin = await new Administrator(gateway).run()
  await admin.use('cancel')
  expect(admin.view).toContain('Nothing was changed')
  expect(drafts(gateway)).toBe(0)
})

test('every permission that the bot lacks is named, in the server and in each chosen channel', async () => {
  await using gateway = new TestOwner()
  const has =
    bits.ViewAuditLog |
    bits.KickMembers |
    bits.ModerateMembers |
    bits.ManageMessages |
    bits.ViewChannel |
    bits.SendMessages
  await inGuild(gateway, has, {
    channels: [
      channel(1, {
        permission_overwrites: [{ id: guildA, type: 0, allow: '0', deny: String(bits.SendMessages) }],
      }),
    ],
    roles: [role(guildA, 0n), role(roleId(1), has, { position: 1 }), role(roleId(2), 0n, { position: 2 })],
  })
  const admin = await new Administrator(gateway).run()
  expect(admin.view).toContain('In the server: Ban Members')
  await admin.use('modLogChannelId', channelId(1))
  expect(admin.view).toContain(
    `In <#${channelId(1)}>: Send Messages, Embed Links, Manage Threads, Create Public Threads, Send Messages In Threads`,
  )
  await admin.use('restrictedRoleId', roleId(2))
  expect(admin.view).toContain('Manage Roles')
  expect(admin.view).toContain(`must stand above <@&${roleId(2)}>`)
  await admin.use('ticketChannelId', channelId(44))
  expect(admin.view).toContain(`<#${channelId(44)}> no longer exists`)
})

test('the wizard keeps to the 40 components that a message may have, in its fullest form', async () => {
  await using gateway = new TestOwner()
  await inGuild(gateway, 0n)
  const admin = await new Administrator(gateway).run()
  const stale = admin.customId('quorum') ?? ''
  for (const n of [1, 2, 3])
    await admin.use(['modLogChannelId', 'honeypotChannelId', 'ticketChannelId'][n - 1] ?? '', channelId(1))
  await admin.click(stale, '4')
  expect([...admin.view.matchAll(/"type":\d+/g)].length).toBeLessThanOrEqual(40)
})
