import type { createConfigCaller } from '@guildmesh/contracts'
import { z } from 'zod'

/** The config API's procedures, as the caller of a request may use them. */
export type Procedures = ReturnType<typeof createConfigCaller>

/** What a route answers: the body, and headers if it has some. */
export interface RestAnswer<T> {
  readonly body: T
  readonly headers?: Readonly<Record<string, string>>
}

/** What OpenAPI and the server need to know of a route. */
export interface RouteShape {
  readonly method: 'GET' | 'POST'
  /** With `:name` for each parameter of the path. */
  readonly url: string
  readonly summary: string
  /** Answers without a token. */
  readonly open: boolean
  readonly status: 200 | 202
  readonly path: z.ZodObject
  readonly query: z.ZodObject
  /** `null`: it takes no body. */
  readonly body: z.ZodObject | null
  readonly answer: z.ZodType
}

/** A route as the server runs it. */
export interface RestRoute extends RouteShape {
  /** Parses the request's parts and answers. @throws ZodError, MeshError, TRPCError */
  handle(procedures: Procedures, request: RestParts): Promise<RestAnswer<unknown>>
}

/** The parts of a request, not checked yet. */
export interface RestParts {
  readonly path: unknown
  readonly query: unknown
  readonly body: unknown
}

/** The parts that make a procedure's input, and how its output reads. */
export interface RouteDefinition<
  P extends z.ZodObject,
  Q extends z.ZodObject,
  B extends z.ZodObject,
  A extends z.ZodType,
> {
  readonly method: 'GET' | 'POST'
  readonly url: string
  readonly summary: string
  readonly open?: boolean
  readonly status?: 202
  readonly path: P
  readonly query: Q
  readonly body: B
  readonly answer: A
  readonly run: (
    procedures: Procedures,
    request: { path: z.output<P>; query: z.output<Q>; body: z.output<B> },
  ) => Promise<RestAnswer<z.input<A>>>
}

const nothing = z.object({})
/** The parts of a route that takes none. */
export const noParts = { path: nothing, query: nothing, body: nothing }

/** Ties the schemas of a route's parts to its work. */
export function defineRoute<
  P extends z.ZodObject,
  Q extends z.ZodObject,
  B extends z.ZodObject,
  A extends z.ZodType,
>(definition: RouteDefinition<P, Q, B, A>): RestRoute {
  const { method, url, summary, path, query, body, answer, run } = definition
  return {
    method,
    url,
    summary,
    open: definition.open ?? false,
    status: definition.status ?? 200,
    path,
    query,
    body: Object.keys(body.shape).length > 0 ? body : null,
    answer,
    handle: async (procedures, parts) =>
      run(procedures, {
        path: path.parse(parts.path ?? {}),
        query: query.parse(parts.query ?? {}),
        body: body.parse(parts.body ?? {}),
      }),
  }
}
