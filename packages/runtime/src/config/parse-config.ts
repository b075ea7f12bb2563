import { readFileSync } from 'node:fs'
import type { z } from 'zod'
import { ConfigError, type ConfigProblem } from './config-error.ts'
import { describeConfig } from './config-variable.ts'

/**
 * Reads a configuration from environment variables. An empty variable counts as unset. A variable that the schema
 * marks as secret is also read from the file that `<NAME>_FILE` names (its last line break does not count).
 * @throws ConfigError with every problem at once
 */
export function parseConfig<S extends z.ZodObject>(schema: S, environment: NodeJS.ProcessEnv): z.output<S> {
  const problems: ConfigProblem[] = []
  const given: Record<string, string> = {}
  for (const variable of describeConfig(schema)) {
    const value = environment[variable.name] || undefined
    const file = (variable.secret && environment[`${variable.name}_FILE`]) || undefined
    if (value !== undefined && file !== undefined) {
      problems.push({
        variable: variable.name,
        problem: `is set, and so is ${variable.name}_FILE; set only one of them`,
      })
    } else if (file !== undefined) {
      const read = readSecretFile(file)
      if ('problem' in read) problems.push({ variable: `${variable.name}_FILE`, problem: read.problem })
      else given[variable.name] = read.text
    } else if (value !== undefined) {
      given[variable.name] = value
    } else if (variable.required) {
      const hint = variable.description ? ` (${variable.description})` : ''
      problems.push({ variable: variable.name, problem: `is required${hint}` })
    }
  }
  const parsed = schema.safeParse(given)
  for (const issue of parsed.error?.issues ?? []) {
    const variable = String(issue.path[0] ?? 'configuration')
    const named = problems.some(
      (known) => known.variable === variable || known.variable === `${variable}_FILE`,
    )
    if (!named) problems.push({ variable, problem: issue.message })
  }
  if (problems.length > 0 || !parsed.success) throw new ConfigError(problems)
  return parsed.data
}

function readSecretFile(path: string): { text: string } | { problem: string } {
  try {
    const text = readFileSync(path, 'utf8').replace(/\r?\n$/, '')
    return text === '' ? { problem: `the file ${path} is empty` } : { text }
  } catch (error) {
    const reason = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error'
    return { problem: `the file ${path} cannot be read (${reason})` }
  }
}
