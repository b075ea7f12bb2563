// Writes docs/environment.md and .env.example from the configuration schemas of the services, which are the only
// readers of the environment. `--check` writes nothing and fails if the files are out of date.
import { readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { configSchema } from '@guildmesh/config-api'
import { edgeConfigSchema } from '@guildmesh/edge'
import { gatewayVariables } from '@guildmesh/gateway'
import { monolithVariables } from '@guildmesh/monolith'
import { type ConfigVariable, describeConfig } from '@guildmesh/runtime'

const root = resolve(import.meta.dirname, '..')
const services = [
  { name: 'config', title: 'Config API', variables: describeVariables(configSchema) },
  { name: 'gateway', title: 'Gateway', variables: describeVariables(gatewayVariables) },
  { name: 'http', title: 'Edge', variables: describeVariables(edgeConfigSchema) },
  { name: 'monolith', title: 'Monolith', variables: describeVariables(monolithVariables) },
]

const files = { 'docs/environment.md': markdown(), '.env.example': example() }
for (const [name, text] of Object.entries(files)) {
  const path = join(root, name)
  if (!process.argv.includes('--check')) writeFileSync(path, text)
  else if (readOrEmpty(path) !== text) {
    process.stderr.write(
      `${name} does not match the configuration schemas: run \`npm run docs:environment\`\n`,
    )
    process.exitCode = 1
  }
}

/** A default that differs each time (a random name) has no text to write down. */
function describeVariables(schema: Parameters<typeof describeConfig>[0]): ConfigVariable[] {
  const again = new Map(describeConfig(schema).map((variable) => [variable.name, variable.default]))
  return describeConfig(schema).map((variable): ConfigVariable =>
    again.get(variable.name) === variable.default ? variable : Object.assign(variable, { default: null }),
  )
}

function markdown(): string {
  const sections = services.map(({ name, title, variables }) => {
    const rows = variables.map(
      (variable) =>
        `| \`${variable.name}\` | ${cell(variable.description)} | ${variable.required ? '**required**' : cell(variable.default ?? '–')} |`,
    )
    return `## ${title} (\`SERVICE_MODE=${name}\`)\n\n| Variable | What it is | Default |\n|---|---|---|\n${rows.join('\n')}\n`
  })
  return (
    '# Environment variables\n\n' +
    'Generated from the configuration schemas (`npm run docs:environment`). A service with a wrong environment reports ' +
    'all problems at once and exits with 2. A secret can be given as a file: `DISCORD_TOKEN_FILE` ' +
    'instead of `DISCORD_TOKEN`.\n\n' +
    sections.join('\n')
  )
}

function example(): string {
  const seen = new Map<string, ConfigVariable & { services: string[] }>()
  for (const { title, variables } of services) {
    for (const variable of variables) {
      const known = seen.get(variable.name)
      if (known) known.services.push(title)
      else seen.set(variable.name, { ...variable, services: [title] })
    }
  }
  const entries = [...seen.values()].map(({ name, description, default: fallback, services: users }) => {
    const line = fallback === null ? `${name}=` : `# ${name}=${fallback}`
    return `# ${description.replaceAll('\n', ' ')} (${users.join(', ')})\n${line}\n`
  })
  return `# Generated from the configuration schemas: npm run docs:environment\n\n${entries.join('\n')}`
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('\n', ' ') || '(empty)'
}

function readOrEmpty(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}
