import type { Assignment, GuildId } from '@guildmesh/contracts'
import { isFailure } from '@guildmesh/contracts'
import { SingleFlight } from './single-flight.ts'

/** The config API's assignments, as a holder uses them. */
export interface AssignmentsPort {
  lookup(guildId: GuildId): Promise<Assignment>
  ensure(guildId: GuildId): Promise<Assignment>
}

/** Questions to the config API under way at once: a first start asks for every guild. */
const parallelQuestions = 32

/** Finds owners that the routing table does not know, one question a guild at a time. */
export class OwnerLookup {
  readonly #assignments: AssignmentsPort
  readonly #learn: (assignment: Assignment) => void
  readonly #flights = new SingleFlight<string>(parallelQuestions)

  constructor(assignments: AssignmentsPort, learn: (assignment: Assignment) => void) {
    this.#assignments = assignments
    this.#learn = learn
  }

  /** Gives the guild an owner if it has none. */
  assign(guildId: GuildId): Promise<void> {
    return this.#flights.run(`ensure ${guildId}`, async () =>
      this.#learn(await this.#assignments.ensure(guildId)),
    )
  }

  /** Reads who owns the guild now. */
  refresh(guildId: GuildId): Promise<void> {
    return this.#flights.run(`lookup ${guildId}`, async () => {
      try {
        this.#learn(await this.#assignments.lookup(guildId))
      } catch (error) {
        // Nobody's: the next round assigns it.
        if (!isFailure(error, 'NotAssigned')) throw error
      }
    })
  }
}
