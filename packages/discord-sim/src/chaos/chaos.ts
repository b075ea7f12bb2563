import type { SimTimer } from '../clock.ts'
import { Random } from '../random.ts'
import type { ChaosGround, ChaosGroup, ChaosKind, Lasting } from './chaos-kinds.ts'
import { gatewayChaos } from './gateway-chaos.ts'
import { peopleChaos } from './people-chaos.ts'
import { restChaos } from './rest-chaos.ts'

export const chaosKinds = { ...gatewayChaos, ...restChaos, ...peopleChaos }
export type ChaosKindName = keyof typeof chaosKinds

export interface ChaosOptions {
  /** The same seed plays the same kinds in the same order, at the same pauses. Default 1. */
  seed?: string | number | undefined
  /** The mean pause between two, milliseconds. Default 3,000. */
  everyMs?: number | undefined
  /** Only these groups; left out means all. */
  groups?: ChaosGroup[] | undefined
  /** Only these kinds; left out means all of the groups. */
  kinds?: ChaosKindName[] | undefined
  /** Also those by which Discord keeps events back that no bot can have again. Default false. */
  losesEvents?: boolean | undefined
}

export interface ChaosStatus {
  running: boolean
  /** How often each kind was played. */
  played: Partial<Record<ChaosKindName, number>>
  /** Messages that exist because of it, which generated traffic does not count. */
  messages: number
}

/** Everything that Discord's documentation allows to happen, at random from a seed. */
export class Chaos {
  readonly #ground: ChaosGround
  #random = new Random(0)
  #names: ChaosKindName[] = []
  #everyMs = 0
  #timer: SimTimer | null = null
  readonly #lasting = new Map<Lasting, SimTimer>()
  #played: ChaosStatus['played'] = {}
  #messages = 0

  constructor(ground: ChaosGround) {
    this.#ground = ground
  }

  start(options: ChaosOptions = {}): ChaosStatus {
    this.stop()
    this.#random = new Random(`chaos:${options.seed ?? 1}`)
    this.#everyMs = options.everyMs ?? 3_000
    this.#names = namesOf(options)
    this.#played = {}
    this.#messages = 0
    this.#schedule()
    return this.status()
  }

  /** Ends what is going on; what cannot be undone (a link that waits for its preview) runs out by itself. */
  stop(): ChaosStatus {
    this.#timer?.cancel()
    this.#timer = null
    for (const [lasting, timer] of this.#lasting) {
      timer.cancel()
      lasting.end()
    }
    this.#lasting.clear()
    return this.status()
  }

  status(): ChaosStatus {
    return { running: this.#timer !== null, played: { ...this.#played }, messages: this.#messages }
  }

  #schedule(): void {
    if (this.#names.length === 0) return
    const pauseMs = this.#random.between(Math.ceil(this.#everyMs / 2), Math.ceil(this.#everyMs * 1.5))
    this.#timer = this.#ground.world.clock.after(pauseMs, () => {
      this.#play(this.#random.pick(this.#names))
      this.#schedule()
    })
  }

  #play(name: ChaosKindName): void {
    const kind: ChaosKind = chaosKinds[name]
    this.#played[name] = (this.#played[name] ?? 0) + 1
    const lasting = this.#counted(() => kind.play(this.#ground, this.#random))
    if (!lasting) return
    const timer = this.#ground.world.clock.after(lasting.forMs, () => {
      this.#lasting.delete(lasting)
      lasting.end()
    })
    this.#lasting.set(lasting, timer)
  }

  #counted<T>(act: () => T): T {
    const stop = this.#ground.world.bus.listen(({ name, guild }) => {
      if (name === 'MESSAGE_CREATE' && guild) this.#messages += 1
    })
    try {
      return act()
    } finally {
      stop()
    }
  }
}

function namesOf({ groups, kinds, losesEvents }: ChaosOptions): ChaosKindName[] {
  const all = Object.entries(chaosKinds) as [ChaosKindName, ChaosKind][]
  return all
    .filter(([name, kind]) => (kinds ? kinds.includes(name) : !groups || groups.includes(kind.group)))
    .filter(([, kind]) => losesEvents === true || !kind.losesEvents)
    .map(([name]) => name)
}
