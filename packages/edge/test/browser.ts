import { Failure } from '@guildmesh/contracts'
import { z } from 'zod'

/** What a procedure answered. */
export type RpcAnswer =
  | { readonly status: number; readonly data: unknown; readonly failure: null }
  | { readonly status: number; readonly data: null; readonly failure: Failure }

const Answer = z.union([
  z.object({ result: z.object({ data: z.unknown() }) }),
  z.object({ error: z.object({ data: z.object({ failure: Failure }) }) }),
])

/** Where a browser goes. */
export interface EdgeAndDiscord {
  readonly origin: string
  /** The person agrees on Discord's page at this address; returns the address to which Discord sends the browser. */
  readonly consent?: (location: string, userId: string) => Promise<string>
}

/** A browser of one person, as far as the edge can tell: keeps cookies, follows no redirect by itself. */
export class Browser {
  readonly cookies = new Map<string, string>()
  readonly #edge: EdgeAndDiscord
  /** Where the portal's pages come from, as the browser sees it. */
  readonly portal: string

  constructor(edge: EdgeAndDiscord, portal = 'https://portal.example') {
    this.#edge = edge
    this.portal = portal
  }

  /** Another edge behind the same load balancer. */
  at(edge: EdgeAndDiscord): Browser {
    const other = new Browser(edge, this.portal)
    for (const [name, value] of this.cookies) other.cookies.set(name, value)
    return other
  }

  async request(path: string, init: RequestInit = {}): Promise<Response> {
    const headers = new Headers(init.headers)
    if (this.cookies.size > 0) {
      headers.set('cookie', [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; '))
    }
    const response = await fetch(this.#edge.origin + path, { ...init, headers, redirect: 'manual' })
    for (const line of response.headers.getSetCookie()) {
      const [name = '', value = ''] = (line.split(';')[0] ?? '').split('=')
      if (/max-age=0|expires=thu, 01 jan 1970/i.test(line)) this.cookies.delete(name)
      else this.cookies.set(name, value)
    }
    return response
  }

  /** Goes to the login and, at Discord, agrees. Gives the path of the edge to which Discord sends the browser back. */
  async consent(userId: string, to = '/'): Promise<string> {
    const begun = await this.beginLogin(to)
    const location = begun.headers.get('location') ?? ''
    const { consent } = this.#edge
    if (!consent) throw new Error('this edge has no Discord to sign in at')
    const back = new URL(await consent(location, userId))
    return back.pathname + back.search
  }

  /** Asks for the login, and follows the edge's redirect of browsers that came to it under another name. */
  async beginLogin(to: string): Promise<Response> {
    const first = await this.request(`/auth/login?${new URLSearchParams({ to }).toString()}`)
    const location = new URL(first.headers.get('location') ?? '', this.portal)
    return location.origin === this.portal ? this.request(location.pathname + location.search) : first
  }

  /** Signs in. Gives the answer of the callback. */
  async login(userId: string, to = '/'): Promise<Response> {
    return this.request(await this.consent(userId, to))
  }

  query(path: string, input?: unknown, headers: Record<string, string> = {}): Promise<RpcAnswer> {
    const query =
      input === undefined ? '' : `?${new URLSearchParams({ input: JSON.stringify(input) }).toString()}`
    return this.#rpc(`/api/trpc/${path}${query}`, { headers })
  }

  mutate(
    path: string,
    input?: unknown,
    headers: Record<string, string> = { origin: this.portal },
  ): Promise<RpcAnswer> {
    return this.#rpc(`/api/trpc/${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify(input ?? {}),
    })
  }

  /** The events of a subscription, one by one, until the signal ends it. */
  async *subscribe(path: string, input: unknown, signal: AbortSignal): AsyncGenerator<SseEvent, void> {
    const query = new URLSearchParams({ input: JSON.stringify(input) })
    const response = await this.request(`/api/trpc/${path}?${query.toString()}`, {
      headers: { accept: 'text/event-stream' },
      signal,
    })
    let text = ''
    const decoder = new TextDecoder()
    for await (const chunk of response.body ?? []) {
      text += decoder.decode(chunk, { stream: true })
      const blocks = text.split('\n\n')
      text = blocks.pop() ?? ''
      for (const block of blocks) yield sseEvent(block)
    }
  }

  async #rpc(path: string, init: RequestInit): Promise<RpcAnswer> {
    const response = await this.request(path, init)
    const { status } = response
    const answer = Answer.parse(await response.json())
    return 'result' in answer
      ? { status, data: answer.result.data, failure: null }
      : { status, data: null, failure: answer.error.data.failure }
  }
}

export interface SseEvent {
  readonly event: string
  readonly data: string
}

function sseEvent(block: string): SseEvent {
  const field = (name: string) =>
    block
      .split('\n')
      .filter((line) => line.startsWith(`${name}:`))
      .map((line) => line.slice(name.length + 1).trim())
      .join('\n')
  return { event: field('event'), data: field('data') }
}
