import { z } from 'zod'
import { RestError } from './rest-error.ts'
import type { RouteShape } from './rest-route.ts'

/** Statuses of failures, and when they come. */
const failures = {
  400: 'A part of the request is malformed.',
  401: 'The token is missing, unknown, expired or revoked.',
  403: 'The caller may not do this.',
  404: 'There is no such thing; of a guild: no pod owns it.',
  409: 'It conflicts with something that is under way.',
  412: 'The state has moved on, or does not allow it.',
  413: 'The body is too large.',
  500: 'Something went wrong on our side; the body has the id under which it is logged.',
  503: 'Try again after the stated time.',
} as const

/** The OpenAPI 3.1 document of the REST routes, generated from the schemas that check them. */
export function describeOpenApi(routes: readonly RouteShape[], version: string): Record<string, unknown> {
  const paths: Record<string, Record<string, unknown>> = {}
  for (const route of routes) {
    const path = route.url.replaceAll(/:(\w+)/g, '{$1}')
    paths[path] = { ...paths[path], [route.method.toLowerCase()]: describeOperation(route) }
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'guildmesh config API',
      version,
      description: 'Which pod owns which guild. Everything but /health needs a bearer token.',
    },
    paths,
    components: {
      securitySchemes: {
        bearer: {
          type: 'http',
          scheme: 'bearer',
          description: 'An operator token, or a service token addressed to config.',
        },
      },
      schemas: { Error: schemaOf(RestError, 'output') },
    },
  }
}

function describeOperation(route: RouteShape): Record<string, unknown> {
  return {
    summary: route.summary,
    operationId: `${route.method.toLowerCase()}${route.url.replaceAll(/[^A-Za-z]+(\w)/g, (_, first: string) => first.toUpperCase())}`,
    security: route.open ? [] : [{ bearer: [] }],
    parameters: [...parametersOf(route.path, 'path'), ...parametersOf(route.query, 'query')],
    ...(route.body
      ? {
          requestBody: {
            required: true,
            content: { 'application/json': { schema: schemaOf(route.body, 'input') } },
          },
        }
      : {}),
    responses: {
      [route.status]: {
        description: 'Done.',
        content: { 'application/json': { schema: schemaOf(route.answer, 'output') } },
      },
      ...(route.open ? {} : errorResponses()),
    },
  }
}

function parametersOf(schema: z.ZodObject, location: 'path' | 'query') {
  return Object.entries(schema.shape).map(([name, field]) => ({
    name,
    in: location,
    required: !z.safeParse(field, undefined).success,
    schema: schemaOf(field, 'input'),
  }))
}

function errorResponses() {
  return Object.fromEntries(
    Object.entries(failures).map(([status, description]) => [
      status,
      {
        description,
        content: { 'application/json': { schema: { $ref: '#/components/schemas/Error' } } },
      },
    ]),
  )
}

function schemaOf(schema: z.core.$ZodType, io: 'input' | 'output'): Record<string, unknown> {
  const { $schema: _dialect, ...rest } = z.toJSONSchema(schema, { io, unrepresentable: 'any' })
  return rest
}
