import { backgroundTimers, constantBackoff, type Logger, Worker } from '@guildmesh/runtime'

/** Work that a config API does by itself, again and again. */
export interface BackgroundTask {
  readonly name: string
  /** Between the end of one turn and the start of the next. Milliseconds. */
  readonly pauseMs: number
  turn(signal: AbortSignal): Promise<void>
}

/**
 * Does every task until the signal aborts. A turn that fails is logged; it stops neither its own task nor the others.
 * @returns resolves when the last turn has ended
 */
export async function runTasks(
  tasks: readonly BackgroundTask[],
  { logger, signal }: { readonly logger: Logger; readonly signal: AbortSignal },
): Promise<void> {
  await Promise.all(
    tasks.map((task) =>
      new Worker({
        work: async (run) => {
          await task.turn(run.signal)
          return task.pauseMs
        },
        backoff: constantBackoff(task.pauseMs),
        onFailure: (error, failures) =>
          logger.warn(
            { event: 'background-task-failed', task: task.name, err: error, failures },
            'background task failed; trying again',
          ),
        timers: backgroundTimers,
      }).run(signal),
    ),
  )
}
