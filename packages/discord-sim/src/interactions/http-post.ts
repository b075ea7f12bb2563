import { request as httpRequest } from 'node:http'
import { request as httpsRequest } from 'node:https'

export interface PostAnswer {
  status: number
  body: string
}

const maxAnswerBytes = 10_000_000

/**
 * Posts once over a connection of its own, following no redirect. Rejects when the endpoint cannot be
 * reached or the signal fires. No connection is kept: an endpoint that restarts between two posts must
 * not fail the second one by a socket that has gone stale.
 */
export function postOnce(
  url: string,
  headers: Record<string, string>,
  body: string,
  signal: AbortSignal,
): Promise<PostAnswer> {
  const send = url.startsWith('https:') ? httpsRequest : httpRequest
  return new Promise((resolve, reject) => {
    const options = {
      method: 'POST',
      agent: false,
      signal,
      headers: { ...headers, 'content-length': String(Buffer.byteLength(body)) },
    }
    const request = send(url, options, (response) => {
      const chunks: Buffer[] = []
      let size = 0
      response.on('data', (chunk: Buffer) => {
        size += chunk.length
        if (size > maxAnswerBytes) request.destroy(new Error('the answer is too long'))
        else chunks.push(chunk)
      })
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, body: Buffer.concat(chunks).toString('utf8') }),
      )
      response.on('error', reject)
    })
    request.on('error', reject)
    request.end(body)
  })
}
