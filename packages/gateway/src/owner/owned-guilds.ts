import type { GuildId } from '@guildmesh/contracts'
import type { GuildStore, ReconciliationStep } from '@guildmesh/guild-store'
import type { Clock, LogPort } from '@guildmesh/runtime'
import type { AssignedOwner, OwnedGuild } from '../membership/assignment-reconciliation.ts'

export interface OwnedGuildsOptions {
  readonly store: Pick<GuildStore, 'ownership'>
  /** Rule R1: whether this gateway's lease lets it serve right now. */
  readonly mayServe: () => boolean
  readonly clock: Clock
  readonly log: LogPort
}

/** Which guilds this gateway owns, and whether they may be served now. */
export class OwnedGuilds implements AssignedOwner {
  readonly #options: OwnedGuildsOptions
  readonly #listeners = new Set<(steps: readonly ReconciliationStep[]) => void>()
  /** Rows of an earlier incarnation say what was owned then; only the routing table says what is owned now. */
  #reconciled = false
  /** What was said once of each guild that may not be served here; the table repeats it with every change. */
  readonly #quarantined = new Set<string>()

  constructor(options: OwnedGuildsOptions) {
    this.#options = options
  }

  mayServe(): boolean {
    return this.#reconciled && this.#options.mayServe()
  }

  /** Calls the listener after each reconciliation with what it changed. */
  onReconciled(listener: (steps: readonly ReconciliationStep[]) => void): void {
    this.#listeners.add(listener)
  }

  reconcile(assignments: readonly OwnedGuild[]): void {
    const { store, clock } = this.#options
    const steps = store.ownership.reconcile(assignments, clock.now())
    this.#reconciled = true
    for (const step of steps) {
      if (step.kind === 'quarantine') this.#tellOnce(step)
    }
    for (const listener of this.#listeners) listener(steps)
  }

  /** Guilds whose events are applied here; one that a move has frozen is still ours. */
  served(): GuildId[] {
    return this.#options.store.ownership
      .list()
      .filter(({ role }) => role === 'active' || role === 'frozen')
      .map(({ guildId }) => guildId)
  }

  #tellOnce(step: Extract<ReconciliationStep, { kind: 'quarantine' }>): void {
    const told = `${step.guildId}@${step.epoch}`
    if (this.#quarantined.has(told)) return
    this.#quarantined.add(told)
    this.#options.log.error(
      { event: 'guild-quarantined', ...step },
      'a guild is assigned to this gateway, but only a copy set aside by a move is here; not serving it',
    )
  }
}
