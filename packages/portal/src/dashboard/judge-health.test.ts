import type { ChannelId, PortalOverview, RoleId } from '@guildmesh/contracts'
import { expect, it } from 'vitest'
import { judgeHealth } from './judge-health.ts'

const healthy: PortalOverview = {
  guildId: '81384788765712384' as PortalOverview['guildId'],
  name: 'Tidepool',
  iconUrl: null,
  memberCount: 10,
  channelCount: 3,
  roleCount: 2,
  present: true,
  gatewayId: 'gateway-1' as PortalOverview['gatewayId'],
  epoch: 4,
  settings: {
    moderatorRoleId: '81384788765712385' as RoleId,
    modLogChannelId: '81384788765712386' as ChannelId,
    deletionLogChannelId: null,
    honeypotChannelId: null,
    ticketChannelId: null,
    restrictedRoleId: null,
    quorum: 3,
  },
  names: { '81384788765712385': 'Keepers', '81384788765712386': 'mod-log' },
  hidden: [],
  cursor: { generation: 1, seq: 9 },
  lastEventAt: 1_700_000_000_000,
  eventLagMs: 3,
  viewerRole: 'admin',
}

function item(name: string, overview: PortalOverview) {
  const found = judgeHealth(overview, false).find((each) => each.name === name)
  if (!found) throw new Error(`no health item ${name}`)
  return found
}

it('has nothing to complain about in a healthy server', () => {
  expect(judgeHealth(healthy, false).map(({ tone }) => tone)).toEqual([
    'good',
    'good',
    'good',
    'good',
    'good',
  ])
})

it('says that the bot has left', () => {
  expect(item('Bot', { ...healthy, present: false })).toMatchObject({
    tone: 'bad',
    value: 'Not in the server',
  })
})

it('asks for /setup if nobody ran it, and again if a chosen channel is gone', () => {
  expect(item('Setup', { ...healthy, settings: null })).toMatchObject({
    tone: 'warn',
    hint: 'Run /setup in Discord',
  })
  const gone = { ...healthy, names: { ...healthy.names, '81384788765712386': null } }
  expect(item('Setup', gone)).toMatchObject({ tone: 'warn', value: 'A choice is gone' })
  const hidden = { ...gone, hidden: ['81384788765712386' as ChannelId] }
  expect(item('Setup', hidden)).toMatchObject({ tone: 'warn', value: 'A channel is hidden' })
})

it.each([
  [null, 'quiet', 'Unknown'],
  [0, 'good', '0 ms'],
  [2000, 'good', '2.0 s'],
  [2001, 'warn', '2.0 s'],
  [15_000, 'bad', '15.0 s'],
])('judges an event lag of %s ms as %s', (eventLagMs, tone, value) => {
  expect(item('Event lag', { ...healthy, eventLagMs })).toMatchObject({ tone, value })
})

it('does not call a server broken that has had no event yet', () => {
  expect(item('Last event', { ...healthy, lastEventAt: null }).tone).toBe('quiet')
})

it.each([
  [true, 'Running normally, epoch 4'],
  [false, 'Running normally'],
])('shows the epoch to operators only (operator: %s)', (operator, hint) => {
  expect(judgeHealth(healthy, operator).find(({ name }) => name === 'Gateway')).toMatchObject({ hint })
})
