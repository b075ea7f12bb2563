import type { InteractionRecord } from './interaction-record.ts'

/** One interaction that the application did not treat as Discord asks. */
export interface InteractionFault {
  interactionId: string
  name: string
  problem: string
}

export interface InteractionFaults {
  failed: InteractionFault[]
  doublyAnswered: InteractionFault[]
  lateAnswers: InteractionFault[]
  invalid: InteractionFault[]
}

/** So many faults of a kind are told one by one; more than that tell nothing new. */
const namedFaults = 1_000

/** What is told of interactions: figures of all of them, and each fault by itself. */
export class InteractionTally {
  total = 0
  answered = 0
  readonly faults: InteractionFaults = { failed: [], doublyAnswered: [], lateAnswers: [], invalid: [] }

  static of(records: Iterable<InteractionRecord>): InteractionTally {
    const tally = new InteractionTally()
    for (const record of records) tally.add(record)
    return tally
  }

  add(record: InteractionRecord): void {
    this.total += 1
    if (record.answeredAt !== null) this.answered += 1
    this.#note('failed', record, record.failure)
    this.#note(
      'doublyAnswered',
      record,
      record.extraAnswers > 0 ? `${record.extraAnswers} further answers` : null,
    )
    this.#note('lateAnswers', record, record.lateAnswers > 0 ? 'answered after 3 s' : null)
    this.#note('invalid', record, record.invalidAnswers[0] ?? null)
  }

  /** Both together. */
  plus(other: InteractionTally): InteractionTally {
    const sum = new InteractionTally()
    sum.total = this.total + other.total
    sum.answered = this.answered + other.answered
    for (const kind of ['failed', 'doublyAnswered', 'lateAnswers', 'invalid'] as const)
      sum.faults[kind].push(...this.faults[kind], ...other.faults[kind])
    return sum
  }

  #note(kind: keyof InteractionFaults, record: InteractionRecord, problem: string | null): void {
    const list = this.faults[kind]
    if (problem === null || list.length >= namedFaults) return
    list.push({ interactionId: record.id, name: record.name, problem })
  }
}
