import type { RESTPostAPIApplicationCommandsJSONBody } from 'discord-api-types/v10'
import type {
  CommandRule,
  ComponentRule,
  EventRule,
  Feature,
  DataLossRule,
  JobRule,
  ReadBackRule,
  ResultRule,
} from './feature.ts'

/** A rule, and the feature whose name its rows, figures and dead letters carry. */
export interface Owned<Rule> {
  readonly feature: string
  readonly rule: Rule
}

/** Finds who handles what. */
export class FeatureRegistry {
  readonly #events = new Map<string, Owned<EventRule>[]>()
  readonly #before = new Map<string, Owned<EventRule>[]>()
  readonly #dataLosses: Owned<DataLossRule>[] = []
  readonly #commands = new Map<string, Owned<CommandRule>>()
  readonly #components = new Map<string, Owned<ComponentRule>>()
  readonly #results = new Map<string, Owned<ResultRule>>()
  readonly #readBacks = new Map<string, Owned<ReadBackRule>>()
  readonly #jobs = new Map<string, Owned<JobRule>>()

  /** @throws Error if two rules claim the same name */
  constructor(features: readonly Feature[]) {
    for (const one of features) {
      const { name: feature, dataLoss, events, before, commands, components, results, readBacks, jobs } = one
      if (dataLoss) this.#dataLosses.push({ feature, rule: dataLoss })
      for (const rule of events ?? []) {
        this.#events.set(rule.type, [...(this.#events.get(rule.type) ?? []), { feature, rule }])
      }
      for (const rule of before ?? []) {
        this.#before.set(rule.type, [...(this.#before.get(rule.type) ?? []), { feature, rule }])
      }
      for (const rule of commands ?? []) claim(this.#commands, rule.name, { feature, rule })
      for (const rule of components ?? []) claim(this.#components, rule.prefix, { feature, rule })
      for (const rule of results ?? []) claim(this.#results, `${feature}/${rule.step}`, { feature, rule })
      for (const rule of readBacks ?? []) claim(this.#readBacks, `${feature}/${rule.step}`, { feature, rule })
      for (const rule of jobs ?? []) claim(this.#jobs, `${feature}/${rule.name}`, { feature, rule })
    }
  }

  /** What Discord must know of. */
  get definitions(): readonly RESTPostAPIApplicationCommandsJSONBody[] {
    return [...this.#commands.values()].map(({ rule }) => rule.definition)
  }

  /** Handlers of a dispatch, in the order in which the features were registered. */
  eventRules(type: string): readonly Owned<EventRule>[] {
    return this.#events.get(type) ?? []
  }

  /** Handlers of a dispatch that run before the guild document takes it. */
  rulesBefore(type: string): readonly Owned<EventRule>[] {
    return this.#before.get(type) ?? []
  }

  /** Told of data losses in a guild's lane. */
  get dataLossRules(): readonly Owned<DataLossRule>[] {
    return this.#dataLosses
  }

  commandRule(name: string): Owned<CommandRule> | null {
    return this.#commands.get(name) ?? null
  }

  /** By the exact custom id, else by the first registered prefix N for which the id starts with `N|`. */
  componentRule(customId: string): Owned<ComponentRule> | null {
    const exact = this.#components.get(customId)
    if (exact) return exact
    for (const [prefix, owned] of this.#components) {
      if (customId.startsWith(`${prefix}|`)) return owned
    }
    return null
  }

  resultRule(feature: string, step: string): ResultRule | null {
    return this.#results.get(`${feature}/${step}`)?.rule ?? null
  }

  readBackRule(feature: string, step: string): ReadBackRule | null {
    return this.#readBacks.get(`${feature}/${step}`)?.rule ?? null
  }

  jobRule(feature: string, name: string): JobRule | null {
    return this.#jobs.get(`${feature}/${name}`)?.rule ?? null
  }
}

function claim<Rule>(rules: Map<string, Owned<Rule>>, name: string, owned: Owned<Rule>): void {
  const other = rules.get(name)
  if (other) throw new Error(`the features ${other.feature} and ${owned.feature} both claim ${name}`)
  rules.set(name, owned)
}
