import { z } from 'zod'
import { parseForm, queryBoolean } from '../forms/form.ts'
import type { UploadedFile } from '../forms/uploaded-file.ts'
import type { OAuthGrant } from '../oauth/grants.ts'

export type RestCaller = { kind: 'bot' } | { kind: 'bearer'; grant: OAuthGrant } | { kind: 'none' }

export interface RestRequest {
  params: Record<string, string>
  query: Record<string, string>
  /** Parsed JSON, `payload_json` of a multipart form, fields of a URL-encoded form, or null. */
  body: unknown
  files: UploadedFile[]
  /** From X-Audit-Log-Reason, decoded. */
  reason: string | null
  caller: RestCaller
  headers: Record<string, string | string[] | undefined>
}

/** `body` undefined gives an empty answer. */
export interface RestReply {
  status: number
  body?: unknown
  headers?: Record<string, string>
}

/** How often a route may be called: `limit` times in `windowMs`, counted per major parameter. */
export interface RateRule {
  limit: number
  windowMs: number
  /** Routes with the same bucket name share their count. */
  bucket?: string
}

export interface Route {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  /** Below /api/vN, with `:name` for parameters. */
  path: string
  /** The operationId of Discord's OpenAPI description. */
  operation: string
  /** Who may call: the bot, an OAuth2 user, either of them, or anybody. */
  auth: 'bot' | 'bearer' | 'either' | 'none'
  rate?: RateRule
  /** Not counted against the 50 a second of the whole bot. */
  globalExempt?: boolean
  /** Limited without saying so: https://github.com/discord/discord-api-docs/pull/3426 */
  silentRate?: boolean
  handle(request: RestRequest): RestReply | Promise<RestReply>
}

export const ok = (body: unknown): RestReply => ({ status: 200, body })
export const created = (body: unknown): RestReply => ({ status: 201, body })
export const noContent = (): RestReply => ({ status: 204 })

/** A path parameter that the route's pattern guarantees. */
export function param(request: RestRequest, name: string): string {
  return request.params[name] ?? ''
}

/** A boolean of the query string, false if it is left out. Throws 50035 for what is none. */
export function queryFlag(request: RestRequest, name: string): boolean {
  const schema = z.object({ [name]: queryBoolean.default(false) })
  return parseForm(schema, request.query)[name] ?? false
}
