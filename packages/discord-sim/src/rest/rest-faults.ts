import { Random } from '../random.ts'

/** What happens to matching REST requests. The first fault that matches and draws its lot is played. */
export interface RestFault {
  /** Only these; left out means any. `path` is a regular expression on the path after /api/vN. */
  method?: string | undefined
  path?: string | undefined
  /** Answer with this status instead of running (429 with `scope` and `retryAfterMs`), or after it. */
  status?: number | undefined
  /** The request takes effect before it is answered with `status`. */
  afterEffect?: boolean | undefined
  /** What the answer holds: Discord's JSON (default), a page of the proxy in front of it, or nothing. */
  body?: 'json' | 'html' | 'empty' | undefined
  scope?: 'user' | 'global' | 'shared' | undefined
  retryAfterMs?: number | undefined
  /** Discord's code in the body of a 429. */
  code?: number | undefined
  /** A 429 without `Retry-After` and the other headers of rate limits. */
  bare?: boolean | undefined
  /** Wait this long before running. */
  latencyMs?: number | undefined
  /** Cut the connection before running, or after: the caller cannot know whether it took effect. */
  cut?: 'before' | 'after' | undefined
  /** Share of the matching requests, 0 to 1. */
  probability?: number | undefined
  /** How many requests to hit before the fault is over. */
  times?: number | undefined
}

/** The standing REST faults, drawn from a seed of their own so that a run can be repeated. */
export class RestFaults {
  #faults: { fault: RestFault; left: number }[] = []
  readonly #random: Random
  /** How many requests were hit, by what was done to them. */
  readonly #played = new Map<string, number>()

  constructor(seed: string | number) {
    this.#random = new Random(`rest-faults:${seed}`)
  }

  set(faults: RestFault[]): void {
    this.#faults = faults.map((fault) => ({ fault, left: fault.times ?? Number.POSITIVE_INFINITY }))
  }

  /** Sets one more fault beside those that stand. */
  add(fault: RestFault): void {
    this.#faults = this.#faults.filter((entry) => entry.left > 0)
    this.#faults.push({ fault, left: fault.times ?? Number.POSITIVE_INFINITY })
  }

  /** Requests hit since the start, such as `{ '503': 2, '502 html after': 3, 'cut after': 1, late: 4 }`. */
  get played(): Record<string, number> {
    return Object.fromEntries(this.#played)
  }

  /** Notes that a drawn fault has been played: a late request counts when it runs. */
  note(fault: RestFault): void {
    for (const kind of kindsOf(fault)) this.#played.set(kind, (this.#played.get(kind) ?? 0) + 1)
  }

  draw(method: string, path: string): RestFault | null {
    for (const entry of this.#faults) {
      const { fault } = entry
      if (entry.left <= 0) continue
      if (fault.method !== undefined && fault.method !== method) continue
      if (fault.path !== undefined && !new RegExp(fault.path).test(path)) continue
      if (!this.#random.chance(fault.probability ?? 1)) continue
      entry.left -= 1
      return fault
    }
    return null
  }
}

function kindsOf({ status, afterEffect, body, bare, cut, latencyMs }: RestFault): string[] {
  const words = [status, body === 'json' ? undefined : body, bare && 'bare', afterEffect && 'after']
  return [
    ...(status === undefined ? [] : [words.filter(Boolean).join(' ')]),
    ...(cut === undefined ? [] : [`cut ${cut}`]),
    ...(latencyMs === undefined ? [] : ['late']),
  ]
}
