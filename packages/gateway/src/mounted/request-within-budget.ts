import { setTimeout as sleep } from 'node:timers/promises'
import type { ResponseLike } from '@discordjs/rest'
import { HeldBackError } from '../outbox/rest-budget.ts'
import type { MakeRequest, RequestInit } from './discord-request.ts'

/** A request that waits, as long as its own time limit lasts, while this gateway's part of the rate limit is used up. */
export async function requestWithinBudget(
  request: MakeRequest,
  url: string,
  init: RequestInit,
): Promise<ResponseLike> {
  for (;;) {
    try {
      return await request(url, init)
    } catch (error) {
      if (!(error instanceof HeldBackError)) throw error
      await sleep(error.retryAfterMs, undefined, init.signal ? { signal: init.signal } : {})
    }
  }
}
