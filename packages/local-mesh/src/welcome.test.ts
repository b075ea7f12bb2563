import { expect, test } from 'vitest'
import { renderWelcome } from './welcome.ts'

const common = {
  url: 'http://localhost:3000',
  operatorToken: 'gmop_x',
  stateDir: '.guildmesh',
  startedAfterMs: 9876,
}

test('the welcome says where to look, whom to sign in as and what to type', () => {
  const text = renderWelcome({
    ...common,
    simulatorUrl: 'http://127.0.0.1:4400',
    discord: { kind: 'simulator', guilds: 30, rate: 5, seed: 1 },
    demoUser: 'demo',
  })
  expect(text).toContain('portal          http://localhost:3000\n')
  expect(text).toContain('chat page       http://127.0.0.1:4400/chat')
  expect(text).toContain('sign in as      demo')
  expect(text).toContain('GUILDMESH_URL=http://localhost:3000 GUILDMESH_TOKEN=gmop_x')
  expect(text).toContain('guildmesh is ready (9.9 s).')
})

test('with the real Discord it says what Discord must be told', () => {
  const text = renderWelcome({
    ...common,
    simulatorUrl: null,
    discord: { kind: 'discord', token: 'secret-token', appId: '1', publicKey: 'k', clientSecret: 'secret-2' },
    demoUser: null,
  })
  expect(text).toContain('http://localhost:3000/auth/callback')
  expect(text).toContain('/webhooks/discord')
  expect(text).not.toContain('secret-')
})
