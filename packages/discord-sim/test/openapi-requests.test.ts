// Bodies and query strings that break one limit each of Discord's OpenAPI description
// (https://github.com/discord/discord-api-spec), made from those that a tour through all operations sends.
import { describe, expect, test } from 'vitest'
import { hasDescription, readDescription } from './openapi-description.ts'
import { OpenApiTour } from './openapi-tour.ts'
import type { TourRequest } from './openapi-tour.ts'
import { RequestViolations } from './request-violations.ts'
import type { Violation } from './request-violations.ts'
import { restCaller, startFast } from './sim-fixture.ts'

describe.skipIf(!hasDescription)('against the OpenAPI description', () => {
  test('what breaks a limit of the description is refused at its place', async () => {
    const description = readDescription()
    const operations = new Map(
      Object.values(description.paths)
        .flatMap((methods) => Object.values(methods))
        .map((operation) => [operation.operationId ?? '', operation]),
    )
    const violations = new RequestViolations(description.components.schemas)
    await using sim = await startFast({ guilds: 3, probeEveryMs: 0 })
    const rest = restCaller(sim)
    const tour = new OpenApiTour(sim)
    const tried = new Set<string>()
    const problems: string[] = []

    const tryOne = async (request: TourRequest, path: string, violation: Violation) => {
      const name = `${request.operation} ${violation.path.join('.')}: ${violation.what}`
      if (tried.has(name)) return
      tried.add(name)
      const answer = await rest(request.method, path, violation.body, request.headers)
      if (!isRefusedAt(answer, violation.path)) {
        problems.push(`${name}: ${answer.status} ${JSON.stringify(answer.body).slice(0, 100)}`)
      }
    }
    tour.before = async (request) => {
      // An answer is given once: what is wrong with one would take the place of the good one.
      if (request.operation === 'create_interaction_response') return
      const operation = operations.get(request.operation)
      for (const { name, in: place, schema } of operation?.parameters ?? []) {
        if (place !== 'query' || !schema || request.method !== 'GET') continue
        for (const { what, body } of violations.of(schema, undefined)) {
          const separator = request.path.includes('?') ? '&' : '?'
          const path = `${request.path}${separator}${name}=${encodeURIComponent(queryText(body))}`
          await tryOne(request, path, { path: [name], what, body: request.body })
        }
      }
      const schema = operation?.requestBody?.content?.['application/json']?.schema
      if (!schema || request.body instanceof URLSearchParams || request.body instanceof FormData) return
      for (const violation of violations.of(schema, request.body ?? {})) {
        await tryOne(request, request.path, violation)
      }
    }
    await tour.run()

    const unknown = problems.filter((problem) => !exempt.some((pattern) => pattern.test(problem)))
    expect(unknown).toEqual([])
    const unused = exempt.filter((pattern) => !problems.some((problem) => pattern.test(problem)))
    expect(unused, 'exemptions that nothing needs').toEqual([])
    console.info(`${tried.size} violations tried, ${problems.length} of them exempt`)
  }, 120_000)
})

/** Where the documentation says otherwise than the description, or a field is not simulated. */
const exempt: RegExp[] = [
  // "All parameters to this endpoint are optional": https://docs.discord.com/developers/resources/user#modify-current-user
  /^update_my_user username: left out/,
  // Code 50016 is made for it.
  /^bulk_delete_messages messages: no items: 400 .*too few/,
]

const queryText = (value: unknown) =>
  typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? `${value}` : 'x y'

/** A 400 with code 50035 and an error at the value, or at something that holds it. */
function isRefusedAt(answer: { status: number; body: unknown }, path: string[]): boolean {
  const body = answer.body as { code?: number; errors?: ErrorNode }
  if (answer.status !== 400 || body.code !== 50_035) return false
  let node: ErrorNode | undefined = body.errors
  for (const step of path) {
    node = node?.[step] as ErrorNode | undefined
    if (!node) return false
    if ('_errors' in node) return true
  }
  return true
}

interface ErrorNode {
  [field: string]: unknown
}
