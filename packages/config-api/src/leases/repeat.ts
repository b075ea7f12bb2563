import { setTimeout as sleep } from 'node:timers/promises'
import type { Logger } from '@guildmesh/runtime'

/**
 * Does background work again and again until the signal aborts, with a pause between the end of one turn and the
 * start of the next. A turn that fails is logged and does not end the others.
 */
export async function repeat(
  task: { readonly name: string; readonly pauseMs: number; turn(signal: AbortSignal): Promise<void> },
  { logger, signal }: { readonly logger: Logger; readonly signal: AbortSignal },
): Promise<void> {
  while (!signal.aborted) {
    try {
      await task.turn(signal)
    } catch (error) {
      if (!signal.aborted) logger.warn({ err: error, task: task.name }, 'background work failed; it goes on')
    }
    await sleep(task.pauseMs, undefined, { signal, ref: false }).catch(() => {})
  }
}
