import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import {
  GatewayCloseCodes,
  GatewayDispatchEvents,
  GatewayIntentBits,
  GatewayOpcodes,
  InteractionResponseType,
  Routes,
} from 'discord-api-types/v10'
import { WebSocket } from 'ws'
import { closeReasons } from '../src/gateway/close-codes.ts'
import { eventNames, intentsFor } from '../src/gateway/intents.ts'
import { startDiscordSim } from '../src/index.ts'
import type { DiscordSim } from '../src/index.ts'
import { allowedResponses } from '../src/interactions/interaction-record.ts'
import type { EventName } from '../src/state/event-payloads.ts'

/** Between these two lines the README holds what {@link simulatedTable} makes. */
const tableBegins = '<!-- made from the code by `npm run docs:simulated`: begins -->'
const tableEnds = '<!-- made from the code by `npm run docs:simulated`: ends -->'

interface Row {
  what: string
  simulated: string[]
  missing: string[]
}

const operationsFolder = fileURLToPath(new URL('../src/control/operations/', import.meta.url))

/**
 * What is and what is not simulated, as Markdown: the code's own lists against those of discord-api-types. Opcodes are
 * sent to a simulator, because no list names those that it takes.
 */
export async function simulatedTable(): Promise<string> {
  const sim = await startDiscordSim({
    guilds: 1,
    membersPerGuild: 2,
    identify: { perKeyMs: 0, maxConcurrency: 16 },
  })
  try {
    return render(await rowsOf(sim), sim)
  } finally {
    await sim.stop()
  }
}

async function rowsOf(sim: DiscordSim): Promise<Row[]> {
  const known: string[] = Object.values(GatewayDispatchEvents)
  const paths = apiPaths()
  const isServed = (path: string) => sim.routes.some((route) => fits(route.path, path))
  const opcodes = namesOf(GatewayOpcodes).filter(([, code]) => !fromServer.has(code))
  const taken = await takenOpcodes(
    sim,
    opcodes.map(([, code]) => code),
  )
  const responses = new Set<number>([InteractionResponseType.Pong, ...Object.values(allowedResponses).flat()])
  return [
    {
      what: 'Gateway events',
      simulated: known.filter((name) => eventNames.includes(name)),
      missing: known.filter((name) => !eventNames.includes(name)),
    },
    split('Intents with events', namesOf(GatewayIntentBits), (bit) => hasEvents(bit)),
    split('Opcodes that a client sends', opcodes, (code) => taken.has(code)),
    split('Close codes', namesOf(GatewayCloseCodes), (code) => code in closeReasons),
    split('Interaction responses', namesOf(InteractionResponseType), (type) => responses.has(type)),
    {
      what: 'REST paths',
      simulated: paths.filter(([, path]) => isServed(path)).map(([name]) => name),
      missing: paths.filter(([, path]) => !isServed(path)).map(([name]) => name),
    },
  ]
}

function split(what: string, all: readonly [string, number][], isSimulated: (value: number) => boolean): Row {
  return {
    what,
    simulated: all.filter(([, value]) => isSimulated(value)).map(([name]) => name),
    missing: all.filter(([, value]) => !isSimulated(value)).map(([name]) => name),
  }
}

/** Names and numbers of an enum, one name for each number. */
function namesOf(numbers: Record<string, string | number>): [string, number][] {
  const byNumber = new Map<number, string>()
  for (const [name, value] of Object.entries(numbers)) {
    if (typeof value === 'number' && !byNumber.has(value)) byNumber.set(value, name)
  }
  return [...byNumber].map(([value, name]) => [name, value])
}

function hasEvents(bit: number): boolean {
  // It brings no event of its own, but the content of others.
  if (bit === GatewayIntentBits.MessageContent) return true
  const needed = eventNames.flatMap((name) =>
    [true, false].map((inGuild) => intentsFor(name as EventName, inGuild)),
  )
  return needed.some((bits) => (bits & bit) !== 0)
}

const fromServer = new Set<number>([
  GatewayOpcodes.Dispatch,
  GatewayOpcodes.Reconnect,
  GatewayOpcodes.InvalidSession,
  GatewayOpcodes.Hello,
  GatewayOpcodes.HeartbeatAck,
])

/** Sends each opcode in a session of its own: the simulator closes with 4001 at those that it does not know. */
async function takenOpcodes(sim: DiscordSim, codes: readonly number[]): Promise<Set<number>> {
  const { token } = await sim.control.app()
  const verdicts = await Promise.all(codes.map((code) => isTaken(`${sim.urls.gateway}/?v=10`, token, code)))
  return new Set(codes.filter((_, index) => verdicts[index]))
}

function isTaken(url: string, token: string, code: number): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(url)
    const finish = (taken: boolean) => {
      resolve(taken)
      socket.terminate()
    }
    const send = (op: number, d: unknown) => socket.send(JSON.stringify({ op, d }))
    socket.on('error', reject)
    socket.on('close', (closeCode) => finish(closeCode !== GatewayCloseCodes.UnknownOpcode))
    socket.on('message', (data) => {
      const { op, t } = JSON.parse((data as Buffer).toString('utf8')) as { op: number; t: string | null }
      if (op === GatewayOpcodes.Hello) send(GatewayOpcodes.Identify, { token, intents: 0, properties: {} })
      if (t === 'READY') {
        send(code, {})
        // Whatever the opcode did, the heartbeat after it is answered only if the socket lives.
        send(GatewayOpcodes.Heartbeat, null)
      }
      if (op === GatewayOpcodes.HeartbeatAck) finish(true)
    })
  })
}

/** Every path that discord-api-types knows, by the name it has there. */
function apiPaths(): [string, string][] {
  return Object.entries(Routes).map(([name, path]) => {
    const make = path as (...ids: string[]) => string
    return [
      name,
      make.apply(
        Routes,
        Array.from({ length: 5 }, () => ':id'),
      ),
    ]
  })
}

/** Whether a simulated route answers a path in which every id is `:id`. */
function fits(route: string, path: string): boolean {
  const parts = route.split('/')
  const wanted = path.split('/')
  return (
    parts.length === wanted.length &&
    parts.every((part, index) => {
      const other = wanted[index] ?? ''
      return part === other || part.startsWith(':') || (other === ':id' && part.startsWith('@'))
    })
  )
}

/** The verbs of the control API by the file that holds them, in the order in which they stand there. */
export function controlVerbs(): Record<string, string[]> {
  const files = readdirSync(operationsFolder).filter((name) => name.endsWith('-operations.ts'))
  return Object.fromEntries(
    files.map((name) => {
      const text = readFileSync(join(operationsFolder, name), 'utf8')
      const verbs = [...text.matchAll(/^ {4}(\w+): (?:operation|query)\(/gm)].map(([, verb = '']) => verb)
      return [name.replace('-operations.ts', '').replaceAll('-', ' '), verbs]
    }),
  )
}

function render(rows: readonly Row[], sim: DiscordSim): string {
  const list = (names: readonly string[]) =>
    names.length === 0 ? '–' : names.map((name) => `\`${name}\``).join(' ')
  const table = rows.map(
    ({ what, simulated, missing }) =>
      `| **${what}** | ${simulated.length} of ${simulated.length + missing.length} | ${list(missing)} |`,
  )
  const details = rows.map(
    ({ what, simulated }) =>
      `<details><summary>${what}: ${simulated.length}</summary>\n\n${list(simulated)}\n\n</details>`,
  )
  const operations = sim.routes.map((route) => route.operation).toSorted()
  const verbs = Object.entries(controlVerbs()).map(([group, names]) => `${group}: ${list(names)}`)
  return [
    'Against the lists of discord-api-types:',
    '',
    '| | Simulated | Not |',
    '|---|---|---|',
    ...table,
    '',
    ...details,
    `<details><summary>REST operations: ${operations.length}</summary>\n\n${list(operations)}\n\n</details>`,
    `<details><summary>Control verbs, with those that play faults</summary>\n\n${verbs.join('\n\n')}\n\n</details>`,
  ].join('\n')
}

/** The README with the table in its place. Throws where the two lines are missing. */
export function withTable(readme: string, table: string): string {
  const begin = readme.indexOf(tableBegins)
  const end = readme.indexOf(tableEnds)
  if (begin === -1 || end < begin)
    throw new Error('the README has no place for the table of what is simulated')
  return `${readme.slice(0, begin + tableBegins.length)}\n\n${table}\n\n${readme.slice(end)}`
}
