import { type ConfigPort, type ConfigRouter, configRouter, MeshError } from '@guildmesh/contracts'
import { describe, expect, it, vi } from 'vitest'
import { fakeConfigPort } from '../../test/fake-config-port.ts'
import { failureOf, joinSecret, quiet, serviceName, TestMesh } from '../../test/test-mesh.ts'
import { connectMesh } from '../client/connect-mesh.ts'
import type { MeshConnection } from '../client/connection.ts'
import { Secret } from '../config/secret.ts'
import { createIdentity, type TokenSource } from '../identity/identity.ts'
import { joinToken } from '../identity/join-token.ts'
import { keepEnrolled } from './keep-enrolled.ts'

function enrolling(mesh: TestMesh, validForMs: number, refusals = 0) {
  let refused = 0
  const enrol = vi.fn<ConfigPort['services']['enrol']>(async (key, call) => {
    if (refused++ < refusals) {
      throw new MeshError({ kind: 'RateLimited', retryAfterMs: 1 })
    }
    if (call.caller.kind !== 'joining' || call.caller.name !== key.name) {
      throw new MeshError({ kind: 'Forbidden', reason: 'a process registers its own key only' })
    }
    mesh.keys.registered.set(key.kid, key)
    return { validForMs }
  })
  return {
    enrol,
    port: fakeConfigPort({ services: { enrol }, gateways: { list: async () => ({ gateways: [] }) } }),
  }
}

describe('keeping enrolled', () => {
  it('registers the key with a join token, tries until it is taken, and renews it in time', async () => {
    await using mesh = new TestMesh()
    const { enrol, port } = enrolling(mesh, 60, 2)
    const server = await mesh.serve(port)
    const identity = await createIdentity(serviceName('gateway-3'))
    const end = new AbortController()
    const connect = (self: TokenSource): MeshConnection<ConfigRouter> => mesh.connect([server.url], self)
    await keepEnrolled({ connect, identity, joinSecret, logger: quiet, signal: end.signal })
    const own = mesh.connect([server.url], identity)
    expect(await own.client.gateways.list.query({})).toEqual({ gateways: [] })
    await vi.waitUntil(() => enrol.mock.calls.length >= 5)
    end.abort()
  })

  it('does not get in with another secret, and a join token opens nothing else', async () => {
    await using mesh = new TestMesh()
    const { enrol, port } = enrolling(mesh, 60_000)
    const server = await mesh.serve(port)
    const identity = await createIdentity(serviceName('gateway-3'))
    const end = new AbortController()
    const refused: unknown[] = []
    const connect = (self: TokenSource): MeshConnection<ConfigRouter> =>
      connectMesh({
        self: {
          token: async (audience) => {
            refused.push(audience)
            if (refused.length === 3) end.abort(new Error('enough'))
            return self.token(audience)
          },
        },
        logger: quiet,
        metrics: mesh.metrics,
        router: configRouter,
        audience: 'config',
        urls: [server.url],
      })
    const wrong = new Secret('not the secret of this mesh, though it is long enough')
    const enrolled = keepEnrolled({ connect, identity, joinSecret: wrong, logger: quiet, signal: end.signal })
    await expect(enrolled).rejects.toThrow('enough')
    expect(enrol).not.toHaveBeenCalled()

    const joining = mesh.connect([server.url], { token: () => joinToken(joinSecret, identity.name) })
    expect(await failureOf(joining.client.gateways.list.query({}))).toEqual({
      kind: 'Forbidden',
      reason: 'a join token only lets a process register its key',
    })
  })
})
