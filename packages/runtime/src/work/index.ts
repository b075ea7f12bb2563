// Background work and its time, for programs that want nothing else of the runtime: `@guildmesh/runtime/work`.
export { type Clock, systemClock } from '../time/clock.ts'
export { backgroundTimers, sleep, systemTimers, type Timers } from '../time/timers.ts'
export { type Backoff, backoffMs, constantBackoff } from './backoff.ts'
export { KeyedWorkers, type KeyedWorkersOptions } from './keyed-workers.ts'
export { retry, type RetryOptions } from './retry.ts'
export { type Pause, Worker, type WorkerOptions, type WorkerRun } from './worker.ts'
