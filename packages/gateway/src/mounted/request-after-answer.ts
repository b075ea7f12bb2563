import { setTimeout as sleep } from 'node:timers/promises'
import type { ResponseLike } from '@discordjs/rest'
import { isRecord } from '@guildmesh/runtime'
import { localResponse, type MakeRequest, type RequestInit } from './discord-request.ts'

/** Waits between attempts, milliseconds. */
const waitsMs = [150, 400, 1000]
/** Unknown Webhook, Unknown Message: what Discord says of an interaction whose answer it does not have yet. */
const notYetCodes: ReadonlySet<unknown> = new Set([10015, 10008])

/**
 * A request to an interaction's webhook, right after its answer was handed over. Between us and Discord stands the edge:
 * for a moment Discord may not have the answer yet, and then says that it does not know the webhook.
 */
export async function requestAfterAnswer(
  request: MakeRequest,
  url: string,
  init: RequestInit,
): Promise<ResponseLike> {
  for (const waitMs of waitsMs) {
    const response = await request(url, init)
    if (response.status !== 404) return response
    const body: unknown = await response.json().catch(() => null)
    if (!isRecord(body) || !notYetCodes.has(body['code'])) return localResponse(404, body)
    await sleep(waitMs, undefined, { ref: false })
  }
  return request(url, init)
}
