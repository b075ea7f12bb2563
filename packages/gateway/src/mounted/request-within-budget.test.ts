import { expect, test } from 'vitest'
import { HeldBackError } from '../outbox/rest-budget.ts'
import { localResponse } from './discord-request.ts'
import { requestWithinBudget } from './request-within-budget.ts'

test('a request that is held back is made when there is room; any other error is the module’s', async () => {
  let tries = 0
  const response = await requestWithinBudget(
    async () => {
      tries += 1
      if (tries < 3) throw new HeldBackError(1)
      return localResponse(204)
    },
    'http://discord.test/api/v10/channels/1/messages',
    {},
  )
  expect([response.status, tries]).toEqual([204, 3])
  const broken = requestWithinBudget(() => Promise.reject(new TypeError('no network')), 'http://x.test/', {})
  await expect(broken).rejects.toThrow('no network')
})

test('the time limit of a request holds while it waits too', async () => {
  const waiting = requestWithinBudget(
    () => Promise.reject(new HeldBackError(60_000)),
    'http://discord.test/api/v10/channels/1/messages',
    { signal: AbortSignal.timeout(1) },
  )
  await expect(waiting).rejects.toMatchObject({ name: 'AbortError' })
})
