// Source of this file: https://docs.discord.com/developers/components/reference ("Interaction Response Structure" of
// each component) and https://docs.discord.com/developers/interactions/receiving-and-responding (Modal)
import { expect, test } from 'vitest'
import type { ModalValues } from '../src/index.ts'
import { AppEndpoint } from './app-endpoint.ts'
import { firstGuild, restCaller, startFast } from './sim-fixture.ts'

const label = (component: object, more: object = {}) => ({ type: 18, label: 'L', component, ...more })
const options = (...values: string[]) => values.map((value) => ({ label: value.toUpperCase(), value }))

async function setUp() {
  const sim = await startFast({ guilds: 1, probeEveryMs: 0 })
  const app = await sim.control.app()
  const endpoint = await new AppEndpoint(app.publicKey).listen()
  const rest = restCaller(sim)
  await rest('PUT', `/applications/${app.id}/commands`, [{ name: 'ask', description: 'Asks' }])
  await sim.control.setInteractionsUrl({ url: endpoint.url })
  const place = await firstGuild(sim)
  const ask = (components: object[]) => {
    endpoint.handler = ({ type }) => ({
      status: 200,
      body:
        type === 2
          ? { type: 9, data: { custom_id: 'm', title: 'T', components } }
          : { type: 4, data: { content: 'thanks' } },
    })
    return sim.control.runCommand({ channelId: place.channelId, userId: place.ownerId, command: 'ask' })
  }
  /** What the application is sent when a person fills the modal in. */
  const submitted = async (components: object[], values: ModalValues) => {
    const { interactionId } = await ask(components)
    await sim.control.submitModal({ interactionId, values })
    return endpoint.received.at(-1)?.data as { components: object[]; resolved?: object }
  }
  const stop = async () => {
    await endpoint[Symbol.asyncDispose]()
    await sim.stop()
  }
  return { sim, ask, submitted, ...place, [Symbol.asyncDispose]: stop }
}

test('each component fills its own shape', async () => {
  await using mesh = await setUp()
  const { memberId, channelId, guildId } = mesh
  const data = await mesh.submitted(
    [
      { type: 10, content: 'Please' },
      label({ type: 4, custom_id: 'why', style: 2 }),
      label({ type: 3, custom_id: 'pick', options: options('a', 'b'), max_values: 2 }),
      label({ type: 5, custom_id: 'who' }),
      label({ type: 8, custom_id: 'where' }),
    ],
    { why: 'because', pick: ['a', 'b'], who: memberId, where: [channelId] },
  )
  expect(data.components).toEqual([
    { type: 10, id: 1 },
    { type: 18, id: 2, component: { type: 4, id: 3, custom_id: 'why', value: 'because' } },
    { type: 18, id: 4, component: { type: 3, id: 5, custom_id: 'pick', values: ['a', 'b'] } },
    { type: 18, id: 6, component: { type: 5, id: 7, custom_id: 'who', values: [memberId] } },
    { type: 18, id: 8, component: { type: 8, id: 9, custom_id: 'where', values: [channelId] } },
  ])
  expect(data.resolved).toMatchObject({
    users: { [memberId]: { id: memberId } },
    members: { [memberId]: expect.any(Object) },
    channels: { [channelId]: { id: channelId } },
  })
  const more = await mesh.submitted(
    [
      label({ type: 6, custom_id: 'role' }),
      label({ type: 7, custom_id: 'any', max_values: 2 }),
      label({ type: 21, custom_id: 'one', options: options('a', 'b') }),
      label({ type: 22, custom_id: 'some', options: options('a', 'b') }),
      label({ type: 23, custom_id: 'yes' }),
    ],
    { role: guildId, any: [memberId, guildId], one: 'b', some: ['a', 'b'], yes: true },
  )
  expect(more.components).toMatchObject([
    { component: { type: 6, values: [guildId] } },
    { component: { type: 7, values: [memberId, guildId] } },
    { component: { type: 21, value: 'b' } },
    { component: { type: 22, values: ['a', 'b'] } },
    { component: { type: 23, value: true } },
  ])
  expect(more.resolved).toMatchObject({ roles: { [guildId]: { id: guildId } }, users: { [memberId]: {} } })
})

test('what is not required may stay empty, each kind in its own way', async () => {
  await using mesh = await setUp()
  const optional = { required: false }
  const data = await mesh.submitted(
    [
      label({ type: 4, custom_id: 'why', style: 1, ...optional }),
      label({ type: 3, custom_id: 'pick', options: options('a'), min_values: 0, ...optional }),
      label({ type: 21, custom_id: 'one', options: options('a', 'b'), ...optional }),
      label({ type: 22, custom_id: 'some', options: options('a'), min_values: 0, ...optional }),
      label({ type: 23, custom_id: 'yes' }),
    ],
    {},
  )
  expect(data.components).toMatchObject([
    { component: { value: '' } },
    { component: { values: [] } },
    { component: { value: null } },
    { component: { values: [] } },
    { component: { value: false } },
  ])
  expect(data).not.toHaveProperty('resolved')
})

test('files come as ephemeral attachments, by their ids', async () => {
  await using mesh = await setUp()
  const upload = label({ type: 19, custom_id: 'f', max_values: 2, file_types: ['image', '.PDF'] })
  const file = (filename: string) => ({ filename, contentType: 'x/y', base64: 'YQ==' })
  const data = await mesh.submitted([upload], { f: [file('a.PNG'), file('b.pdf')] })
  const [{ component }] = data.components as [{ component: { values: string[] } }]
  expect(component).toMatchObject({
    type: 19,
    custom_id: 'f',
    values: [expect.any(String), expect.any(String)],
  })
  expect(Object.keys((data.resolved as { attachments: object }).attachments)).toEqual(component.values)
  expect(data.resolved).toMatchObject({
    attachments: { [component.values[0] ?? '']: { filename: 'a.PNG', size: 1, ephemeral: true } },
  })
  const { interactionId } = await mesh.ask([upload])
  const submit = (values: ModalValues) => mesh.sim.control.submitModal({ interactionId, values })
  await expect(submit({ f: [file('a.exe')] })).rejects.toThrow('takes no file named a.exe')
  await expect(submit({ f: ['a', 'b', 'c'].map((name) => file(`${name}.png`)) })).rejects.toThrow('1 to 2')
})

test('a client does not submit what the modal does not allow', async () => {
  await using mesh = await setUp()
  const { interactionId } = await mesh.ask([
    label({ type: 4, custom_id: 'why', style: 1, min_length: 3, max_length: 5 }),
    label({ type: 3, custom_id: 'pick', options: options('a') }),
  ])
  const submit = (values: ModalValues) => mesh.sim.control.submitModal({ interactionId, values })
  await expect(submit({ pick: 'a' })).rejects.toThrow('needs a value for "why"')
  await expect(submit({ why: 'ab', pick: 'a' })).rejects.toThrow('3 to 5 characters')
  await expect(submit({ why: 'abcdef', pick: 'a' })).rejects.toThrow('3 to 5 characters')
  await expect(submit({ why: 'abc', pick: 'b' })).rejects.toThrow('no option "b"')
  await expect(submit({ why: 'abc', pick: 'a', other: 'x' })).rejects.toThrow('no input "other"')
  expect((await submit({ why: 'abc', pick: 'a' })).status).toBe('message')
})

const input = { type: 4, custom_id: 'a', style: 1 }
test.each<[string, object[]]>([
  ['no components', []],
  ['six components', Array.from({ length: 6 }, () => ({ type: 10, content: 'x' }))],
  ['a button', [{ type: 1, components: [{ type: 2, style: 1, label: 'x', custom_id: 'a' }] }]],
  ['a button in a label', [label({ type: 2, style: 1, label: 'x', custom_id: 'a' })]],
  ['a select in a row', [{ type: 1, components: [{ type: 3, custom_id: 'a', options: options('a') }] }]],
  [
    'two inputs in a row',
    [
      {
        type: 1,
        components: [
          { ...input, label: 'x' },
          { ...input, label: 'y', custom_id: 'b' },
        ],
      },
    ],
  ],
  ['an input in a row without a label', [{ type: 1, components: [input] }]],
  ['an input by itself', [input]],
  ['a label of 46 characters', [{ type: 18, label: 'x'.repeat(46), component: input }]],
  ['a label without a component', [{ type: 18, label: 'x' }]],
  ['a label described in 101 characters', [label(input, { description: 'x'.repeat(101) })]],
  ['an input of style 3', [label({ ...input, style: 3 })]],
  ['an input of more than 4,000 characters', [label({ ...input, max_length: 4_001 })]],
  ['a value of more than 4,000 characters', [label({ ...input, value: 'x'.repeat(4_001) })]],
  ['an input’s placeholder of 101 characters', [label({ ...input, placeholder: 'x'.repeat(101) })]],
  ['a shorter longest than shortest input', [label({ ...input, min_length: 5, max_length: 4 })]],
  ['a disabled select', [label({ type: 3, custom_id: 'a', options: options('a'), disabled: true })]],
  ['a required select of no values', [label({ type: 5, custom_id: 'a', min_values: 0 })]],
  ['a required upload of no files', [label({ type: 19, custom_id: 'a', min_values: 0 })]],
  ['an upload of 11 files', [label({ type: 19, custom_id: 'a', max_values: 11 })]],
  [
    'an upload of 11 types',
    [label({ type: 19, custom_id: 'a', file_types: Array.from({ length: 11 }, () => '.a') })],
  ],
  ['an upload of no known type', [label({ type: 19, custom_id: 'a', file_types: ['pictures'] })]],
  ['one radio button', [label({ type: 21, custom_id: 'a', options: options('a') })]],
  [
    'eleven radio buttons',
    [label({ type: 21, custom_id: 'a', options: options(...'abcdefghijk'.split('')) })],
  ],
  ['no checkboxes', [label({ type: 22, custom_id: 'a', options: [] })]],
  ['a custom id used twice', [label(input), label(input)]],
])('a modal with %s is refused', async (_, components) => {
  await using mesh = await setUp()
  expect(await mesh.ask(components)).toMatchObject({ status: 'failed' })
})

// In message interactions `component_type` is returned, with the component's own id; auto-populated selects resolve.
test('a button and a select of a message come with their own ids and what they name', async () => {
  const sim = await startFast({ guilds: 1, probeEveryMs: 0 })
  await using _ = sim
  const app = await sim.control.app()
  await using endpoint = await new AppEndpoint(app.publicKey).listen()
  await sim.control.setInteractionsUrl({ url: endpoint.url })
  const { channelId, ownerId, memberId } = await firstGuild(sim)
  const { body } = await restCaller(sim)('POST', `/channels/${channelId}/messages`, {
    content: 'x',
    components: [
      { type: 1, components: [{ type: 2, style: 1, label: 'x', custom_id: 'b' }] },
      { type: 1, components: [{ type: 5, custom_id: 'u', max_values: 2 }] },
      { type: 1, components: [{ type: 3, custom_id: 's', options: options('a') }] },
    ],
  })
  const use = (customId: string, values?: string[]) =>
    sim.control.useComponent({
      channelId,
      userId: ownerId,
      messageId: (body as { id: string }).id,
      customId,
      ...(values ? { values } : {}),
    })
  await use('b')
  await use('u', [memberId])
  await use('s', ['a'])
  expect(endpoint.received.map(({ data }) => data)).toMatchObject([
    { component_type: 2, id: 2, custom_id: 'b' },
    { component_type: 5, id: 4, values: [memberId], resolved: { users: { [memberId]: {} } } },
    { component_type: 3, id: 6, values: ['a'] },
  ])
  await expect(use('s', ['z'])).rejects.toThrow('no option "z"')
  await expect(use('u', [])).rejects.toThrow('takes 1 to 2 values')
})
