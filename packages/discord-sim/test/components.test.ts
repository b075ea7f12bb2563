// Source of this file: https://docs.discord.com/developers/components/reference and, for lengths that it does not
// name, the request schemas of Discord's OpenAPI description. Others are named where they are used.
import { expect, test } from 'vitest'
import { firstGuild, restCaller, startFast } from './sim-fixture.ts'

const layout = 1 << 15
const text = (content = 'x') => ({ type: 10, content })
const button = (id: string, more: object = {}) => ({ type: 2, style: 1, label: 'x', custom_id: id, ...more })
const link = (url: string) => ({ type: 2, style: 5, label: 'x', url })
const row = (...components: object[]) => ({ type: 1, components })
const options = (count: number) =>
  Array.from({ length: count }, (_, index) => ({ label: `${index}`, value: `${index}` }))
const select = (more: object = {}) => ({ type: 3, custom_id: 's', options: options(2), ...more })
const picture = { url: 'https://example.com/a.png' }

async function setUp() {
  const sim = await startFast({ guilds: 1 })
  const place = await firstGuild(sim)
  const rest = restCaller(sim)
  const path = `/channels/${place.channelId}/messages`
  return { sim, rest, path, ...place, [Symbol.asyncDispose]: () => sim.stop() }
}

const many = <T>(count: number, make: (index: number) => T) =>
  Array.from({ length: count }, (_, index) => make(index))

test.each<[string, object, string]>([
  ['a row with six buttons', row(...many(6, (index) => button(`${index}`))), '0.components'],
  ['an empty row', row(), '0.components'],
  ['a select beside a button', row(button('a'), select()), '0.components.1'],
  ['two selects in a row', row(select(), select({ custom_id: 't' })), '0.components.1'],
  [
    'a text input in a message',
    row({ type: 4, custom_id: 'a', style: 1, label: 'x' }),
    '0.components.0.type',
  ],
  ['a row in a row', row(row(button('a'))), '0.components.0.type'],
  ['a button outside a row', button('a'), '0.type'],
  ['a button without a custom id', row({ type: 2, style: 1, label: 'x' }), '0.components.0.custom_id'],
  ['a button with an empty custom id', row(button('')), '0.components.0.custom_id'],
  ['a button with 101 characters of custom id', row(button('x'.repeat(101))), '0.components.0.custom_id'],
  [
    'a button with 81 characters of label',
    row(button('a', { label: 'x'.repeat(81) })),
    '0.components.0.label',
  ],
  ['a button that shows nothing', row({ type: 2, style: 1, custom_id: 'a' }), '0.components.0.label'],
  ['a button of style 7', row(button('a', { style: 7 })), '0.components.0.style'],
  ['a button with both a custom id and a URL', row(button('a', { ...picture })), '0.components.0.custom_id'],
  ['a link without a URL', row({ type: 2, style: 5, label: 'x' }), '0.components.0.url'],
  ['a link of 513 characters', row(link(`https://a.example/${'x'.repeat(495)}`)), '0.components.0.url'],
  ['a link to nowhere', row(link('javascript:alert(1)')), '0.components.0.url'],
  ['a link that is no URL', row(link('example')), '0.components.0.url'],
  ['a premium button without a SKU', row({ type: 2, style: 6 }), '0.components.0.sku_id'],
  [
    'a premium button with a label',
    row({ type: 2, style: 6, sku_id: '1'.repeat(18), label: 'x' }),
    '0.components.0.label',
  ],
  ['a select without options', row(select({ options: [] })), '0.components.0.options'],
  ['a select with 26 options', row(select({ options: options(26) })), '0.components.0.options'],
  [
    'an option of 101 characters',
    row(select({ options: [{ label: 'x'.repeat(101), value: 'a' }] })),
    '0.components.0.options.0.label',
  ],
  ['an option without a value', row(select({ options: [{ label: 'x' }] })), '0.components.0.options.0.value'],
  [
    'an option described in 101 characters',
    row(select({ options: [{ label: 'x', value: 'a', description: 'x'.repeat(101) }] })),
    '0.components.0.options.0.description',
  ],
  [
    'two options of one value',
    row(select({ options: [...options(1), ...options(1)] })),
    '0.components.0.options',
  ],
  [
    'a placeholder of 151 characters',
    row(select({ placeholder: 'x'.repeat(151) })),
    '0.components.0.placeholder',
  ],
  ['26 values', row(select({ max_values: 26 })), '0.components.0.max_values'],
  ['no values at most', row(select({ max_values: 0 })), '0.components.0.max_values'],
  [
    'more values at least than at most',
    row(select({ min_values: 2, max_values: 1 })),
    '0.components.0.min_values',
  ],
  [
    'more defaults than values',
    row({
      type: 5,
      custom_id: 's',
      default_values: many(2, (index) => ({ id: `${index}`.repeat(18), type: 'user' })),
    }),
    '0.components.0.default_values',
  ],
  [
    'a role as the default of a user select',
    row({ type: 5, custom_id: 's', default_values: [{ id: '1'.repeat(18), type: 'role' }] }),
    '0.components.0.default_values.0.type',
  ],
  ['a custom id used twice', row(button('a'), button('a')), '0.components.1.custom_id'],
  ['an id used twice', row(button('a', { id: 5 }), button('b', { id: 5 })), '0.components.1.id'],
  ['a component of no known type', { type: 99 }, '0.type'],
])('a message with %s is refused at its place', async (_, component, path) => {
  await using mesh = await setUp()
  const answer = await mesh.rest('POST', mesh.path, { content: 'x', components: [component] })
  expect(answer).toMatchObject({ status: 400, body: { code: 50035 } })
  expect(answer.body).toHaveProperty(`errors.components.${path}._errors.0.code`, expect.any(String))
})

test.each<[string, object, string]>([
  ['a text display of 4,001 characters', text('x'.repeat(4_001)), '0.content'],
  ['an empty text display', text(''), '0.content'],
  [
    'a section of four texts',
    { type: 9, components: many(4, () => text()), accessory: button('a') },
    '0.components',
  ],
  ['a section without texts', { type: 9, components: [], accessory: button('a') }, '0.components'],
  ['a section without an accessory', { type: 9, components: [text()] }, '0.accessory'],
  ['a section with a select', { type: 9, components: [text()], accessory: select() }, '0.accessory.type'],
  [
    'a section of buttons',
    { type: 9, components: [button('a')], accessory: button('b') },
    '0.components.0.type',
  ],
  ['a thumbnail by itself', { type: 11, media: picture }, '0.type'],
  [
    'a thumbnail with 1,025 characters of description',
    {
      type: 9,
      components: [text()],
      accessory: { type: 11, media: picture, description: 'x'.repeat(1_025) },
    },
    '0.accessory.description',
  ],
  ['an empty gallery', { type: 12, items: [] }, '0.items'],
  ['a gallery of 11', { type: 12, items: many(11, () => ({ media: picture })) }, '0.items'],
  ['a file from the web', { type: 13, file: picture }, '0.file.url'],
  ['a file that does not come along', { type: 13, file: { url: 'attachment://a.txt' } }, '0.file.url'],
  ['a separator of size 3', { type: 14, spacing: 3 }, '0.spacing'],
  [
    'a container in a container',
    { type: 17, components: [{ type: 17, components: [text()] }] },
    '0.components.0.type',
  ],
  ['an empty container', { type: 17, components: [] }, '0.components'],
  ['a colour beyond white', { type: 17, accent_color: 0x1000000, components: [text()] }, '0.accent_color'],
  ['a label', { type: 18, label: 'x', component: select() }, '0.type'],
])('a layout with %s is refused at its place', async (_, component, path) => {
  await using mesh = await setUp()
  const answer = await mesh.rest('POST', mesh.path, { flags: layout, components: [component] })
  expect(answer).toMatchObject({ status: 400, body: { code: 50035 } })
  expect(answer.body).toHaveProperty(`errors.components.${path}._errors.0.code`, expect.any(String))
})

// "Legacy messages allow up to 5 action rows", "Messages allow up to 40 total components", and 4,000 characters of
// all text displays: https://github.com/discord/discord-api-docs/pull/8562
test('five rows without the flag, forty components and 4,000 characters with it', async () => {
  await using mesh = await setUp()
  const send = (body: object) => mesh.rest('POST', mesh.path, body)
  const rows = (count: number) => many(count, (index) => row(button(`${index}`)))
  expect((await send({ components: rows(5) })).status).toBe(200)
  expect((await send({ components: rows(6) })).status).toBe(400)
  expect((await send({ flags: layout, components: rows(20) })).status).toBe(200)
  const nested = { type: 17, components: many(39, () => text()) }
  expect((await send({ flags: layout, components: [nested] })).status).toBe(200)
  expect((await send({ flags: layout, components: [nested, text()] })).status).toBe(400)
  const half = text('x'.repeat(2_000))
  expect((await send({ flags: layout, components: [half, half] })).status).toBe(200)
  expect((await send({ flags: layout, components: [half, half, text()] })).status).toBe(400)
})

// "The id must be unique within the message and is generated sequentially if left empty … an id of 0 … will be treated
// as empty"
test('components come back with ids in reading order, around those that were given', async () => {
  await using mesh = await setUp()
  const components = [
    { type: 17, id: 0, components: [text(), row(button('a', { id: 2 }))] },
    { type: 9, components: [text()], accessory: button('b') },
  ]
  const { body } = await mesh.rest('POST', mesh.path, { flags: layout, components })
  expect(body).toMatchObject({
    components: [
      { id: 1, components: [{ id: 3 }, { id: 4, components: [{ id: 2 }] }] },
      { id: 5, components: [{ id: 6 }], accessory: { id: 7 } },
    ],
  })
})

// "Once a message has been sent with this flag, it can't be removed"; what the message had must be emptied:
// https://docs.discord.com/developers/resources/message#edit-message
test('a message turns into a layout only with its text emptied, and never back', async () => {
  await using mesh = await setUp()
  const { id } = (await mesh.rest('POST', mesh.path, { content: 'x' })).body as { id: string }
  const edit = (body: object) => mesh.rest('PATCH', `${mesh.path}/${id}`, body)
  expect(await edit({ flags: layout, components: [text()] })).toMatchObject({
    status: 400,
    body: { errors: { content: expect.anything() } },
  })
  const turned = { flags: layout, components: [text()], content: null, embeds: [] }
  expect(await edit(turned)).toMatchObject({ status: 200, body: { content: '', flags: layout } })
  expect(await edit({ flags: 0 })).toMatchObject({ body: { flags: layout } })
  expect(await edit({ content: 'y' })).toMatchObject({ status: 400 })
})

// "pingable mentions present in this component will ping" (Text Display)
test('a layout mentions whom its texts name', async () => {
  await using mesh = await setUp()
  const components = [text(`<@${mesh.ownerId}>`)]
  const { body } = await mesh.rest('POST', mesh.path, { flags: layout, components })
  expect(body).toMatchObject({ content: '', mentions: [{ id: mesh.ownerId }] })
})

test('a file that comes along is shown by its component, not among the attachments', async () => {
  await using mesh = await setUp()
  const form = new FormData()
  const components = [{ type: 13, file: { url: 'attachment://a.txt' } }]
  form.set('payload_json', JSON.stringify({ flags: layout, components }))
  form.set('files[0]', new Blob(['p'], { type: 'text/plain' }), 'a.txt')
  expect((await mesh.rest('POST', mesh.path, form)).body).toMatchObject({
    attachments: [],
    components: [
      { type: 13, file: { url: expect.stringMatching(/^http/), attachment_id: expect.any(String) } },
    ],
  })
})
