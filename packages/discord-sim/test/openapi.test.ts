import { Ajv2020 } from 'ajv/dist/2020.js'
import addFormats from 'ajv-formats'
import { describe, expect, test } from 'vitest'
import { hasDescription, readDescription } from './openapi-description.ts'
import { OpenApiTour } from './openapi-tour.ts'
import { startFast } from './sim-fixture.ts'

/** Operations of the simulator that Discord's description leaves out. */
const undescribed = new Set(['oauth2_token', 'oauth2_revoke'])

/**
 * Where the description says less than Discord does: it names no reference type but 0, forwards have 1; of the
 * entitlement types that the documentation lists it names two.
 */
const knownGaps = ['/MessageReferenceType/', '/EntitlementTypes/']

describe.skipIf(!hasDescription)('against the OpenAPI description', () => {
  test('every answer of a tour through all operations has its described form', async () => {
    const description = readDescription()
    const ajv = new Ajv2020({ strict: false, allErrors: true, validateFormats: true })
    addFormats.default(ajv)
    ajv.addFormat('snowflake', /^\d{17,20}$/)
    for (const name of ['nonce', 'int32', 'int64', 'double']) ajv.addFormat(name, true)
    ajv.addSchema(description, 'discord')

    const operations = new Map<string, { pointer: string; responses: Record<string, { content?: object }> }>()
    for (const [path, methods] of Object.entries(description.paths)) {
      for (const [method, operation] of Object.entries(methods)) {
        if (!operation.operationId) continue
        const pointer = `discord#/paths/${path.replaceAll('~', '~0').replaceAll('/', '~1')}/${method}/responses`
        operations.set(operation.operationId, { pointer, responses: operation.responses ?? {} })
      }
    }

    await using sim = await startFast({ guilds: 3, probeEveryMs: 0 })
    const tour = new OpenApiTour(sim)
    await tour.run()

    const problems: string[] = []
    for (const answer of tour.answers) {
      const operation = operations.get(answer.operation)
      if (!operation) {
        if (!undescribed.has(answer.operation)) problems.push(`${answer.operation} is not described`)
        continue
      }
      const described = operation.responses[String(answer.status)]
      if (!described) {
        problems.push(
          `${answer.operation} does not answer ${answer.status}: ${JSON.stringify(answer.body).slice(0, 200)}`,
        )
        continue
      }
      if (!described.content) {
        if (answer.body !== '') problems.push(`${answer.operation} ${answer.status} must be empty`)
        continue
      }
      const schema = ajv.getSchema(`${operation.pointer}/${answer.status}/content/application~1json/schema`)
      if (!schema?.(answer.body)) {
        const errors = (schema?.errors ?? [])
          .filter((error) => !knownGaps.some((gap) => error.schemaPath.includes(gap)))
          .map((error) => `${error.instancePath} ${error.message}`)
        if (errors.length === 0) continue
        problems.push(`${answer.operation} ${answer.status}: ${errors.slice(0, 8).join('; ')}`)
      }
    }
    expect(problems).toEqual([])
    const covered = new Set(tour.answers.map((answer) => answer.operation))
    expect(tour.simulated.filter((operation) => !covered.has(operation))).toEqual([])
    console.info(`${covered.size} operations checked: ${[...covered].toSorted().join(', ')}`)
  })
})
