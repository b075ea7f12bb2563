import { createServer, type IncomingMessage, request as httpRequest, type Server } from 'node:http'
import { createServer as createTcpServer } from 'node:net'
import { afterEach, describe, expect, test } from 'vitest'
import { isPortFree } from './choose-port.ts'
import { type ReverseProxy, startReverseProxy } from './reverse-proxy.ts'

const open: AsyncDisposable[] = []
afterEach(async () => {
  for (const one of open.splice(0).toReversed()) await one[Symbol.asyncDispose]()
})

type Handler = ConstructorParameters<typeof Server>[1]

async function edge(handler: NonNullable<Handler>): Promise<number> {
  const server = createServer(handler)
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  open.push({
    async [Symbol.asyncDispose]() {
      const closed = new Promise((resolve) => server.close(resolve))
      server.closeAllConnections()
      await closed
    },
  })
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no TCP address')
  return address.port
}

/** A port that refuses connections. */
async function refusingPort(): Promise<number> {
  const server = createTcpServer()
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no TCP address')
  await new Promise((resolve) => server.close(resolve))
  expect(await isPortFree(address.port)).toBe(true)
  return address.port
}

async function proxy(edges: number[]): Promise<ReverseProxy> {
  const started = await startReverseProxy({ host: '127.0.0.1', port: 0, edges })
  open.push(started)
  return started
}

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk)
  return Buffer.concat(chunks)
}

describe('the reverse proxy', () => {
  test('gives requests to the edges in turn', async () => {
    const names = await Promise.all(['a', 'b'].map((name) => edge((_, response) => response.end(name))))
    const { port } = await proxy(names)
    const answers: string[] = []
    for (let at = 0; at < 4; at++) answers.push(await (await fetch(`http://127.0.0.1:${port}/`)).text())
    expect(answers).toEqual(['a', 'b', 'a', 'b'])
  })

  test('passes method, path, body, headers and status on, byte by byte', async () => {
    const seen: { request: IncomingMessage; body: Buffer }[] = []
    const upstream = await edge((request, response) => {
      void bodyOf(request).then((body) => {
        seen.push({ request, body })
        response.writeHead(
          418,
          'Teapot',
          [
            ['Set-Cookie', 'a=1'],
            ['Set-Cookie', 'b=2'],
          ].flat(),
        )
        return response.end('short and stout')
      })
    })
    const { port } = await proxy([upstream])
    const body = Buffer.from([0, 255, 10, 13, 123, 34])
    const answer = await fetch(`http://127.0.0.1:${port}/webhooks/discord?x=%20`, {
      method: 'POST',
      body,
      headers: { 'x-signature-ed25519': 'ab', 'x-forwarded-for': '6.6.6.6', 'x-forwarded-proto': 'https' },
    })
    expect([answer.status, answer.statusText, await answer.text()]).toEqual([
      418,
      'Teapot',
      'short and stout',
    ])
    expect(answer.headers.getSetCookie()).toEqual(['a=1', 'b=2'])
    expect(seen).toHaveLength(1)
    expect(seen[0]?.body).toEqual(body)
    expect(seen[0]?.request).toMatchObject({ method: 'POST', url: '/webhooks/discord?x=%20' })
    expect(seen[0]?.request.headers).toMatchObject({
      host: `127.0.0.1:${port}`,
      'x-signature-ed25519': 'ab',
      'x-forwarded-for': '127.0.0.1',
      'x-forwarded-proto': 'http',
      'x-forwarded-host': `127.0.0.1:${port}`,
    })
  })

  test('chunked bodies arrive whole', async () => {
    const upstream = await edge((request, response) => {
      void bodyOf(request).then((body) => response.end(body))
    })
    const { port } = await proxy([upstream])
    const answer = await new Promise<Buffer>((resolve, reject) => {
      const request = httpRequest({ port, host: '127.0.0.1', method: 'POST' }, (response) => {
        void bodyOf(response).then(resolve, reject)
      })
      request.on('error', reject)
      request.write('one ')
      request.end('two')
    })
    expect(answer.toString()).toBe('one two')
  })

  test('an event stream reaches the client while it is open, and its end reaches the edge', async () => {
    const edgeSawEnd = Promise.withResolvers<boolean>()
    const upstream = await edge((_, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      response.write('data: 1\n\n')
      response.on('close', () => edgeSawEnd.resolve(true))
    })
    const { port } = await proxy([upstream])
    const abort = new AbortController()
    const answer = await fetch(`http://127.0.0.1:${port}/`, { signal: abort.signal })
    const first = await answer.body?.getReader().read()
    expect(new TextDecoder().decode(first?.value)).toBe('data: 1\n\n')
    abort.abort()
    expect(await edgeSawEnd.promise).toBe(true)
  })

  test('an edge that refuses the connection is passed over', async () => {
    const upstream = await edge((_, response) => response.end('alive'))
    const { port } = await proxy([await refusingPort(), upstream])
    for (let at = 0; at < 3; at++)
      expect(await (await fetch(`http://127.0.0.1:${port}/`)).text()).toBe('alive')
  })

  test('a request that an edge may have acted on is not repeated', async () => {
    let requests = 0
    const dying = await edge((request) => {
      requests += 1
      request.socket.destroy()
    })
    const other = await edge((_, response) => {
      requests += 1
      response.end('second')
    })
    const { port } = await proxy([dying, other])
    const answer = await fetch(`http://127.0.0.1:${port}/`, { method: 'POST', body: 'x' })
    expect(answer.status).toBe(502)
    expect(await answer.text()).toContain('not known')
    expect(requests).toBe(1)
  })

  test('says what is going on if no edge answers', async () => {
    const { port } = await proxy([await refusingPort()])
    const answer = await fetch(`http://127.0.0.1:${port}/`)
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '1'])
    expect(await answer.text()).toContain('try again')
  })
})
