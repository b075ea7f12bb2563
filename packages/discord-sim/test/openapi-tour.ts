import type { DiscordSim } from '../src/index.ts'
import { everydayTour } from './everyday-tour.ts'
import { firstGuild, restCaller } from './sim-fixture.ts'

export interface TourAnswer {
  operation: string
  status: number
  body: unknown
}

export interface TourRequest {
  operation: string
  method: string
  path: string
  body: unknown
  headers: Record<string, string> | undefined
}

const image = 'data:image/png;base64,iVBORw0KGgo='
const button = { type: 1, components: [{ type: 2, style: 1, label: 'Go', custom_id: 'go' }] }

/** Calls every operation of the simulated API at least once with success and keeps the answers. */
export class OpenApiTour {
  readonly answers: TourAnswer[] = []
  simulated: string[] = []
  /** Called with each request before it is made. */
  before: (request: TourRequest) => Promise<void> = async () => undefined
  readonly #sim: DiscordSim
  readonly #rest

  constructor(sim: DiscordSim) {
    this.#sim = sim
    this.#rest = restCaller(sim)
    this.simulated = sim.routes.map((route) => route.operation)
  }

  async run(): Promise<void> {
    await this.#application()
    await this.#guild()
    await this.#members()
    await this.#channels()
    await this.#messages()
    await this.#threads()
    await this.#smallThings()
    await everydayTour(this.#sim, (method, path, body) => this.#call(method, path, body))
    await this.#webhooks()
    await this.#interactions()
    await this.#oauth()
    await this.#farewell()
  }

  /** Calls a route and keeps what it answered under the operation that the route belongs to. */
  async #call(
    method: string,
    path: string,
    body?: unknown,
    headers?: Record<string, string>,
  ): Promise<Record<string, string>> {
    const [route] = this.#sim.routes
      .filter((candidate) => candidate.method === method && fits(candidate.path, path))
      .toSorted((left, right) => left.path.split(':').length - right.path.split(':').length)
    if (!route) throw new Error(`no route for ${method} ${path}`)
    await this.before({ operation: route.operation, method, path, body, headers })
    const answer = await this.#rest(method, path, body, headers)
    if (answer.status >= 400)
      throw new Error(`${route.operation}: ${answer.status} ${JSON.stringify(answer.body)}`)
    this.answers.push({ operation: route.operation, status: answer.status, body: answer.body })
    return answer.body as Record<string, string>
  }

  async #application(): Promise<void> {
    const appId = this.#sim.world.app.id
    const { ownerId } = await firstGuild(this.#sim)
    await this.#call('GET', '/gateway')
    await this.#call('GET', '/gateway/bot')
    await this.#call('GET', '/users/@me')
    await this.#call('PATCH', '/users/@me', { username: 'Mod Bot' })
    await this.#call('GET', '/users/@me/guilds?with_counts=true')
    await this.#call('POST', '/users/@me/channels', { recipient_id: ownerId })
    await this.#call('GET', `/users/${ownerId}`)
    await this.#call('GET', '/applications/@me')
    await this.#call('PATCH', '/applications/@me', { description: 'tidy' })
    await this.#call('GET', `/applications/${appId}`)
    await this.#call('GET', '/oauth2/applications/@me')
    await this.#call('GET', '/voice/regions')
    const { guildId } = await firstGuild(this.#sim)
    for (const base of [
      `/applications/${appId}/commands`,
      `/applications/${appId}/guilds/${guildId}/commands`,
    ]) {
      const { id } = await this.#call('POST', base, {
        name: 'setup',
        description: 'Sets up',
        default_member_permissions: '8',
        options: [
          {
            type: 3,
            name: 'emoji',
            description: 'Which',
            required: true,
            choices: [{ name: 'a', value: 'a' }],
          },
          { type: 6, name: 'user', description: 'Whom' },
        ],
      })
      await this.#call('GET', base)
      await this.#call('GET', `${base}/${id}`)
      await this.#call('PATCH', `${base}/${id}`, { description: 'Sets things up' })
      await this.#call('DELETE', `${base}/${id}`)
      await this.#call('PUT', base, [
        { name: 'hello', description: 'Says hello' },
        { name: 'Report', type: 3 },
        { name: 'Force Ban', type: 2 },
      ])
    }
  }

  async #guild(): Promise<void> {
    const { guildId, guild } = await firstGuild(this.#sim)
    const base = `/guilds/${guildId}`
    await this.#call('GET', `${base}?with_counts=true`)
    await this.#call('PATCH', base, { description: 'A place' })
    await this.#call('GET', `${base}/preview`)
    await this.#call('GET', `${base}/roles`)
    const { id } = await this.#call('POST', `${base}/roles`, { name: 'Quiet', color: 255, mentionable: true })
    await this.#call('GET', `${base}/roles/${id}`)
    await this.#call('PATCH', `${base}/roles/${id}`, { hoist: true })
    await this.#call('PATCH', `${base}/roles`, [{ id, position: 2 }])
    await this.#call('DELETE', `${base}/roles/${id}`)
    const rules = `${base}/auto-moderation/rules`
    const keyword = {
      trigger_metadata: { keyword_filter: ['x*'] },
      actions: [{ type: 1, metadata: { custom_message: 'no' } }],
    }
    const rule = await this.#call('POST', rules, {
      name: 'words',
      event_type: 1,
      trigger_type: 1,
      ...keyword,
    })
    const channelId = guild.systemChannelId
    await this.#call('POST', rules, {
      name: 'mentions',
      event_type: 1,
      trigger_type: 5,
      trigger_metadata: { mention_total_limit: 5 },
      actions: [
        { type: 2, metadata: { channel_id: channelId } },
        { type: 3, metadata: { duration_seconds: 60 } },
      ],
    })
    await this.#call('GET', rules)
    await this.#call('GET', `${rules}/${rule.id}`)
    await this.#call('PATCH', `${rules}/${rule.id}`, { enabled: true })
    await this.#call('DELETE', `${rules}/${rule.id}`)
  }

  async #members(): Promise<void> {
    const { guildId, memberId, ownerId, guild } = await firstGuild(this.#sim)
    const base = `/guilds/${guildId}`
    const regulars = [...guild.roles.values()].find((role) => role.name === 'Regulars')?.id
    await this.#call('GET', `${base}/members?limit=100`)
    await this.#call('GET', `${base}/members/search?query=a&limit=5`)
    await this.#call('GET', `${base}/members/${ownerId}`)
    await this.#call('PATCH', `${base}/members/@me`, { nick: 'Tidy' })
    const until = new Date(Date.now() + 60_000).toISOString()
    await this.#call('PATCH', `${base}/members/${memberId}`, {
      nick: 'calm',
      communication_disabled_until: until,
    })
    await this.#call('PUT', `${base}/members/${memberId}/roles/${regulars}`)
    await this.#call('DELETE', `${base}/members/${memberId}/roles/${regulars}`)
    await this.#call('DELETE', `${base}/members/${memberId}`, undefined, { 'x-audit-log-reason': 'too loud' })
    await this.#call('PUT', `${base}/bans/${memberId}`, { delete_message_seconds: 60 })
    await this.#call('GET', `${base}/bans`)
    await this.#call('GET', `${base}/bans/${memberId}`)
    await this.#call('DELETE', `${base}/bans/${memberId}`)
    const [first, second] = await this.#sim.control.users({ limit: 30 })
    const stranger = [first, second].find((user) => user && !guild.members.has(user.id) && !user.bot)
    await this.#call('POST', `${base}/bulk-ban`, { user_ids: [stranger?.id ?? memberId] })
    await this.#call('GET', `${base}/audit-logs?limit=100`)
  }

  async #channels(): Promise<void> {
    const { guildId, channelId, ownerId } = await firstGuild(this.#sim)
    await this.#call('GET', `/guilds/${guildId}/channels`)
    const { id } = await this.#call('POST', `/guilds/${guildId}/channels`, {
      name: 'mod-log',
      permission_overwrites: [
        { id: guildId, type: 0, deny: '1024' },
        { id: this.#sim.world.app.botId, type: 1, allow: '1024' },
      ],
    })
    for (const type of [2, 4, 5, 15])
      await this.#call('POST', `/guilds/${guildId}/channels`, { name: `kind-${type}`, type })
    await this.#call('GET', `/channels/${id}`)
    await this.#call('PATCH', `/channels/${id}`, { topic: 'what happened' })
    await this.#call('PATCH', `/guilds/${guildId}/channels`, [{ id, position: 3 }])
    await this.#call('PUT', `/channels/${id}/permissions/${ownerId}`, { type: 1, allow: '1024' })
    await this.#call('DELETE', `/channels/${id}/permissions/${ownerId}`)
    const lounge = await this.#call('POST', `/guilds/${guildId}/channels`, { name: 'Quiet room', type: 2 })
    await this.#call('PUT', `/channels/${lounge.id}/voice-status`, { status: 'Reading' })
    await this.#call('POST', `/channels/${channelId}/typing`)
    await this.#call('DELETE', `/channels/${id}`)
  }

  async #messages(): Promise<void> {
    const { channelId, ownerId, guild } = await firstGuild(this.#sim)
    const base = `/channels/${channelId}/messages`
    const heard = await this.#sim.control.sendMessage({
      channelId,
      userId: ownerId,
      content: 'look',
      attachments: [{ filename: 'a.txt', contentType: 'text/plain', base64: 'YQ==' }],
    })
    const sent = await this.#call('POST', base, {
      content: `<@${ownerId}> hello`,
      nonce: '1',
      embeds: [{ title: 'T', description: 'D', fields: [{ name: 'n', value: 'v' }] }],
      components: [button],
      message_reference: { message_id: heard.id },
    })
    const forwarded = { message_reference: { type: 1, message_id: heard.id, channel_id: channelId } }
    await this.#call('POST', base, forwarded)
    const flags = 1 << 15
    await this.#call('POST', base, {
      flags,
      components: [{ type: 17, components: [{ type: 10, content: 'text' }, button] }],
    })
    await this.#call('GET', `${base}/${sent.id}`)
    await this.#call('PATCH', `${base}/${sent.id}`, { content: 'edited' })
    const emoji = encodeURIComponent('👍')
    const reactions = `${base}/${sent.id}/reactions`
    await this.#call('PUT', `${reactions}/${emoji}/@me`)
    await this.#sim.control.addReaction({ channelId, userId: ownerId, messageId: sent.id ?? '', emoji: '👍' })
    await this.#call('GET', `${reactions}/${emoji}`)
    await this.#call('GET', base)
    await this.#call('DELETE', `${reactions}/${emoji}/${ownerId}`)
    await this.#call('DELETE', `${reactions}/${emoji}/@me`)
    await this.#call('DELETE', `${reactions}/${emoji}`)
    await this.#call('DELETE', reactions)
    await this.#call('PUT', `${base}/pins/${sent.id}`)
    await this.#call('GET', `${base}/pins`)
    await this.#call('GET', `/channels/${channelId}/pins`)
    await this.#call('DELETE', `${base}/pins/${sent.id}`)
    await this.#call('PUT', `/channels/${channelId}/pins/${sent.id}`)
    await this.#call('DELETE', `/channels/${channelId}/pins/${sent.id}`)
    await this.#call('DELETE', `${base}/${sent.id}`)
    const two = await Promise.all(
      ['a', 'b'].map((content) => this.#sim.control.sendMessage({ channelId, userId: ownerId, content })),
    )
    await this.#call('POST', `${base}/bulk-delete`, { messages: two.map((message) => message.id) })
    const news = [...guild.channels.values()].find((channel) => channel.type === 5)?.id
    const post = await this.#call('POST', `/channels/${news}/messages`, { content: 'news' })
    await this.#call('POST', `/channels/${news}/messages/${post.id}/crosspost`)
  }

  async #threads(): Promise<void> {
    const { guildId, channelId, ownerId, guild } = await firstGuild(this.#sim)
    const start = await this.#call('POST', `/channels/${channelId}/messages`, { content: 'start' })
    const onMessage = await this.#call('POST', `/channels/${channelId}/messages/${start.id}/threads`, {
      name: 'on it',
    })
    await this.#call('GET', `/channels/${channelId}/messages/${start.id}`)
    const forum = [...guild.channels.values()].find((channel) => channel.type === 15)?.id
    await this.#call('POST', `/channels/${forum}/threads`, { name: 'post', message: { content: 'first' } })
    const { id } = await this.#call('POST', `/channels/${channelId}/threads`, { name: 'case', type: 12 })
    await this.#call('PUT', `/channels/${id}/thread-members/${ownerId}`)
    await this.#call('GET', `/channels/${id}/thread-members?with_member=true`)
    await this.#call('GET', `/channels/${id}/thread-members/${ownerId}`)
    await this.#call('GET', `/guilds/${guildId}/threads/active`)
    await this.#call('DELETE', `/channels/${id}/thread-members/${ownerId}`)
    await this.#call('PUT', `/channels/${onMessage.id}/thread-members/@me`)
    await this.#call('DELETE', `/channels/${onMessage.id}/thread-members/@me`)
    await this.#call('PATCH', `/channels/${id}`, { archived: true })
    await this.#call('PATCH', `/channels/${onMessage.id}`, { archived: true })
    await this.#call('GET', `/channels/${channelId}/threads/archived/public`)
    await this.#call('GET', `/channels/${channelId}/threads/archived/private`)
    await this.#call('GET', `/channels/${channelId}/users/@me/threads/archived/private`)
    await this.#call('DELETE', `/channels/${onMessage.id}`)
    await this.#call('GET', `/guilds/${guildId}/audit-logs?limit=100`)
  }

  async #smallThings(): Promise<void> {
    const { guildId, channelId } = await firstGuild(this.#sim)
    const emojis = `/guilds/${guildId}/emojis`
    const { id } = await this.#call('POST', emojis, { name: 'wave', image })
    await this.#call('GET', emojis)
    await this.#call('GET', `${emojis}/${id}`)
    await this.#call('PATCH', `${emojis}/${id}`, { name: 'waves' })
    await this.#call('GET', `/guilds/${guildId}`)
    await this.#call('DELETE', `${emojis}/${id}`)
    const { code } = await this.#call('POST', `/channels/${channelId}/invites`, {})
    await this.#call('GET', `/channels/${channelId}/invites`)
    await this.#call('GET', `/guilds/${guildId}/invites`)
    await this.#call('GET', `/invites/${code}`)
    await this.#call('DELETE', `/invites/${code}`)
  }

  async #webhooks(): Promise<void> {
    const { guildId, channelId } = await firstGuild(this.#sim)
    const { id, token } = await this.#call('POST', `/channels/${channelId}/webhooks`, { name: 'Relay' })
    await this.#call('GET', `/channels/${channelId}/webhooks`)
    await this.#call('GET', `/guilds/${guildId}/webhooks`)
    await this.#call('GET', `/webhooks/${id}`)
    await this.#call('PATCH', `/webhooks/${id}`, { name: 'Relay 2' })
    const byToken = `/webhooks/${id}/${token}`
    await this.#call('GET', byToken)
    await this.#call('PATCH', byToken, { name: 'Relay 3' })
    const sent = await this.#call('POST', `${byToken}?wait=true`, { content: 'through', username: 'Someone' })
    await this.#call('POST', byToken, { content: 'unseen' })
    await this.#call('GET', `${byToken}/messages/${sent.id}`)
    await this.#call('PATCH', `${byToken}/messages/${sent.id}`, { content: 'again' })
    await this.#call('DELETE', `${byToken}/messages/${sent.id}`)
    await this.#call('DELETE', byToken)
    const other = await this.#call('POST', `/channels/${channelId}/webhooks`, { name: 'Short' })
    await this.#call('DELETE', `/webhooks/${other.id}`)
  }

  async #interactions(): Promise<void> {
    const { channelId, ownerId } = await firstGuild(this.#sim)
    const { app } = this.#sim.world
    const pending = this.#sim.control.runCommand({ userId: ownerId, channelId, command: 'hello' })
    const { id, token } = this.#sim.latestInteraction()
    await this.#call('POST', `/interactions/${id}/${token}/callback?with_response=true`, { type: 5 })
    const original = `/webhooks/${app.id}/${token}/messages/@original`
    await this.#call('PATCH', original, { content: 'done' })
    await pending
    await this.#call('GET', original)
    await this.#call('POST', `/webhooks/${app.id}/${token}`, { content: 'more' })
    await this.#call('DELETE', original)
  }

  async #oauth(): Promise<void> {
    const { guildId, ownerId } = await firstGuild(this.#sim)
    const { app } = this.#sim.world
    const scopes = ['identify', 'email', 'guilds', 'guilds.members.read']
    const { accessToken } = await this.#sim.control.grantToken({ userId: ownerId, scopes })
    const bearer = { authorization: `Bearer ${accessToken}` }
    await this.#call('GET', '/users/@me', undefined, bearer)
    await this.#call('GET', '/users/@me/guilds', undefined, bearer)
    await this.#call('GET', `/users/@me/guilds/${guildId}/member`, undefined, bearer)
    await this.#call('GET', '/oauth2/@me', undefined, bearer)
    const client = { client_id: app.id, client_secret: app.clientSecret }
    const form = (fields: Record<string, string>) => new URLSearchParams({ ...client, ...fields })
    await this.#call('POST', '/oauth2/token', form({ grant_type: 'client_credentials' }))
    await this.#call('POST', '/oauth2/token/revoke', form({ token: accessToken }))
  }

  async #farewell(): Promise<void> {
    const guilds = await this.#sim.control.guilds()
    await this.#call('DELETE', `/users/@me/guilds/${guilds.at(-1)?.id}`)
  }
}

function fits(pattern: string, path: string): boolean {
  const wanted = pattern.split('/')
  const given = (path.split('?')[0] ?? '').split('/')
  return (
    wanted.length === given.length &&
    wanted.every((part, index) => part === given[index] || (part.startsWith(':') && given[index] !== '@me'))
  )
}
