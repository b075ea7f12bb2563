/** One environment variable that cannot be used as it is. */
export interface ConfigProblem {
  readonly variable: string
  readonly problem: string
}

/** The environment variables are no valid configuration. Lists every problem, and never a value: it might be a secret. */
export class ConfigError extends Error {
  readonly problems: readonly ConfigProblem[]

  constructor(problems: readonly ConfigProblem[]) {
    const lines = problems.map(({ variable, problem }) => `  ${variable}: ${problem}`)
    const count = problems.length === 1 ? 'one problem' : `${problems.length} problems`
    super(
      `The configuration has ${count}:\n${lines.join('\n')}\nSet these environment variables (see .env.example) and start again.`,
    )
    this.name = 'ConfigError'
    this.problems = problems
  }
}
