import type { RESTOptions, ResponseLike } from '@discordjs/rest'

/** Performs an HTTP request of discord.js. */
export type MakeRequest = RESTOptions['makeRequest']
export type RequestInit = Parameters<MakeRequest>[1]

/** The requests of a mounted client that do not simply go to Discord. */
export type MountedRoute =
  | { readonly kind: 'gateway' }
  | { readonly kind: 'callback'; readonly interactionId: string; readonly wantsMessage: boolean }
  /** `path`: what follows the token, with its query. */
  | { readonly kind: 'webhook'; readonly token: string; readonly path: string }
  | { readonly kind: 'other' }

const callbackPath = /\/interactions\/(\d+)\/[^/]+\/callback$/
const webhookPath = /\/webhooks\/\d+\/([^/]+)(\/.*)?$/

/** Which route a request takes, by its address. */
export function routeOf(url: string, method: string | undefined): MountedRoute {
  const { pathname, search, searchParams } = new URL(url)
  if (method === 'GET' && pathname.endsWith('/gateway/bot')) return { kind: 'gateway' }
  const callback = method === 'POST' ? callbackPath.exec(pathname) : null
  if (callback) {
    const wantsMessage = searchParams.get('with_response') === 'true'
    return { kind: 'callback', interactionId: callback[1] ?? '', wantsMessage }
  }
  const webhook = webhookPath.exec(pathname)
  return webhook
    ? { kind: 'webhook', token: decodeURIComponent(webhook[1] ?? ''), path: (webhook[2] ?? '') + search }
    : { kind: 'other' }
}

/** An answer as if it came from Discord; `undefined`: without a body. */
export function localResponse(status: number, value?: unknown): ResponseLike {
  const text = value === undefined ? '' : JSON.stringify(value)
  const bytes = new TextEncoder().encode(text)
  return {
    ok: status < 300,
    status,
    statusText: '',
    headers: new Headers(value === undefined ? {} : { 'content-type': 'application/json' }),
    body: null,
    bodyUsed: false,
    json: async (): Promise<unknown> => JSON.parse(text),
    text: async () => text,
    arrayBuffer: async () => bytes.buffer,
  }
}

/** The JSON body of a request, also of one with files beside it; `null` if it has none. */
export function jsonBodyOf({ body }: RequestInit): Record<string, unknown> | null {
  const text = body instanceof FormData ? body.get('payload_json') : body
  if (typeof text !== 'string') return null
  const parsed: unknown = JSON.parse(text)
  return typeof parsed === 'object' && parsed !== null ? { ...parsed } : null
}

/** The request with another method and JSON body; files stay, so that a form is changed where it is. */
export function withJsonBody(init: RequestInit, method: string, json: object): RequestInit {
  const text = JSON.stringify(json)
  if (!(init.body instanceof FormData)) return { ...init, method, body: text }
  init.body.set('payload_json', text)
  return { ...init, method }
}
