import { MeshError } from '@guildmesh/contracts'
import { exportJWK, generateKeyPair, SignJWT, UnsecuredJWT } from 'jose'
import { beforeEach, describe, expect, it } from 'vitest'
import { failureOf, joinSecret, serviceName, TestKeys } from '../../test/test-mesh.ts'
import { Secret } from '../config/secret.ts'
import { createAuthenticator } from './authenticator.ts'
import { createIdentity, type Identity } from './identity.ts'
import { joinToken } from './join-token.ts'

let keys: TestKeys
let gateway0: Identity

beforeEach(async () => {
  keys = new TestKeys()
  gateway0 = await keys.identity('gateway-0')
})

const at = (audience: string) => createAuthenticator({ audience, keySource: keys, joinSecret })

function unauthenticated(reason: string) {
  return { kind: 'Unauthenticated', reason }
}

/** A token that its owner signed with the given claims instead of the usual ones. */
async function signedBy(
  name: string,
  claims: { iat?: number; exp: number; aud?: string; sub?: string; iss?: string },
) {
  const { publicKey, privateKey } = await generateKeyPair('EdDSA', { crv: 'Ed25519', extractable: true })
  const { x = '' } = await exportJWK(publicKey)
  const kid = `kid-of-${name}`
  keys.registered.set(kid, { name: serviceName(name), kid, publicKey: x })
  const now = Math.floor(Date.now() / 1000)
  return new SignJWT()
    .setProtectedHeader({ alg: 'EdDSA', kid })
    .setIssuer(claims.iss ?? name)
    .setSubject(claims.sub ?? name)
    .setAudience(claims.aud ?? 'config')
    .setIssuedAt(now + (claims.iat ?? 0))
    .setExpirationTime(now + claims.exp)
    .sign(privateKey)
}

describe('a service token', () => {
  it('says which process calls, and binds a gateway to its id', async () => {
    expect(await at('config').authenticate(await gateway0.token('config'))).toEqual({
      kind: 'service',
      name: 'gateway-0',
      role: 'gateway',
      gatewayId: 'gateway-0',
    })
    const edge = await keys.identity('edge-x1')
    expect(await at('gateway-0').authenticate(await edge.token('gateway-0'))).toEqual({
      kind: 'service',
      name: 'edge-x1',
      role: 'edge',
      gatewayId: null,
    })
  })

  it('is good for the audience that it names and no other', async () => {
    const token = await gateway0.token('gateway-1')
    expect(await failureOf(at('gateway-0').authenticate(token))).toEqual(unauthenticated('wrong-audience'))
    expect(await failureOf(at('config').authenticate(token))).toEqual(unauthenticated('wrong-audience'))
  })

  it('tolerates clocks 60 s apart, and no more', async () => {
    const authenticator = at('config')
    const fresh = await signedBy('gateway-4', { iat: -115, exp: -55 })
    expect(await authenticator.authenticate(fresh)).toMatchObject({ name: 'gateway-4' })
    const old = await signedBy('gateway-5', { iat: -125, exp: -65 })
    expect(await failureOf(authenticator.authenticate(old))).toEqual(unauthenticated('expired'))
  })

  it('is refused if its owner gave it a longer lifetime than 60 s', async () => {
    const token = await signedBy('gateway-4', { exp: 3600 })
    expect(await failureOf(at('config').authenticate(token))).toEqual(unauthenticated('malformed'))
  })

  it('cannot speak for another service than the owner of its key', async () => {
    for (const claims of [{ sub: 'gateway-0' }, { iss: 'gateway-0' }, { sub: 'edge-0', iss: 'edge-0' }]) {
      const token = await signedBy('gateway-1', { exp: 60, ...claims })
      expect(await failureOf(at('config').authenticate(token))).toEqual(unauthenticated('malformed'))
    }
  })

  it('is refused if its key is not registered', async () => {
    const stranger = await createIdentity(serviceName('gateway-0'))
    expect(await failureOf(at('config').authenticate(await stranger.token('config')))).toEqual(
      unauthenticated('unknown-key'),
    )
  })

  it('is refused if its text was changed', async () => {
    const [header = '', payload = '', signature = ''] = (await gateway0.token('config')).split('.')
    const other = await keys.identity('gateway-1')
    const [, otherPayload = ''] = (await other.token('config')).split('.')
    const authenticator = at('config')
    for (const changed of [
      `${header}.${otherPayload}.${signature}`,
      `${header}.${payload}.${signature.startsWith('A') ? 'B' : 'A'}${signature.slice(1)}`,
    ]) {
      expect(await failureOf(authenticator.authenticate(changed))).toEqual(unauthenticated('bad-signature'))
    }
  })

  it('is refused with alg none, with a foreign algorithm, and if it is no token at all', async () => {
    const authenticator = at('config')
    const none = new UnsecuredJWT()
      .setSubject('gateway-0')
      .setAudience('config')
      .setExpirationTime('60s')
      .encode()
    expect(await failureOf(authenticator.authenticate(none))).toEqual(unauthenticated('bad-signature'))
    // The public key used as an HMAC secret: the oldest confusion.
    const confused = await new SignJWT()
      .setProtectedHeader({ alg: 'HS256', kid: gateway0.kid })
      .setIssuer('gateway-0')
      .setSubject('gateway-0')
      .setAudience('config')
      .setIssuedAt()
      .setExpirationTime('60s')
      .sign(Buffer.from(gateway0.publicKey, 'base64url'))
    expect(await failureOf(authenticator.authenticate(confused))).toMatchObject({ kind: 'Unauthenticated' })
    expect(await failureOf(at('gateway-0').authenticate(confused))).toMatchObject({ kind: 'Unauthenticated' })
    for (const garbage of ['x', 'a.b.c', 'eyJhbGciOiJFZERTQSJ9', '💥'.repeat(50)]) {
      expect(await failureOf(authenticator.authenticate(garbage))).toMatchObject({ kind: 'Unauthenticated' })
    }
    expect(await failureOf(authenticator.authenticate(''))).toEqual(unauthenticated('missing'))
  })

  it('is reused for half of its lifetime, so that a busy client does not sign every call', async () => {
    expect(await gateway0.token('config')).toBe(await gateway0.token('config'))
    expect(await gateway0.token('config')).not.toBe(await gateway0.token('gateway-1'))
  })
})

describe('a join token', () => {
  it('names the process that wants to join, at the config API', async () => {
    const token = await joinToken(joinSecret, serviceName('gateway-7'))
    expect(await at('config').authenticate(token)).toEqual({ kind: 'joining', name: 'gateway-7' })
  })

  it('is refused with another secret, and by every service that does not take joins', async () => {
    const other = new Secret('another join secret of at least thirty-two characters')
    const forged = await joinToken(other, serviceName('gateway-7'))
    expect(await failureOf(at('config').authenticate(forged))).toEqual(unauthenticated('bad-signature'))
    const token = await joinToken(joinSecret, serviceName('gateway-7'))
    const gateway = createAuthenticator({ audience: 'config', keySource: keys })
    expect(await failureOf(gateway.authenticate(token))).toEqual(unauthenticated('bad-signature'))
  })

  it('is not signed with the secret itself', async () => {
    const token = await new SignJWT()
      .setProtectedHeader({ alg: 'HS256', typ: 'join+jwt' })
      .setSubject('gateway-7')
      .setAudience('config')
      .setIssuedAt()
      .setExpirationTime('60s')
      .sign(Buffer.from(joinSecret.reveal()))
    expect(await failureOf(at('config').authenticate(token))).toEqual(unauthenticated('bad-signature'))
  })
})

describe('the keys', () => {
  it('are asked for again if one is unknown, but not for every stranger', async () => {
    const authenticator = at('config')
    await authenticator.authenticate(await gateway0.token('config'))
    expect(keys.loads).toBe(1)
    const strangers = await Promise.all(
      Array.from({ length: 20 }, async () => (await createIdentity(serviceName('edge-0'))).token('config')),
    )
    const failures = await Promise.all(strangers.map((token) => failureOf(authenticator.authenticate(token))))
    for (const failure of failures) expect(failure).toEqual(unauthenticated('unknown-key'))
    expect(keys.loads).toBe(2)
  })

  it('of a process that has just joined are found, even right after another unknown one was asked for', async () => {
    const authenticator = at('config')
    await failureOf(
      authenticator.authenticate(await (await createIdentity(serviceName('edge-0'))).token('config')),
    )
    const late = await keys.identity('edge-1')
    expect(await authenticator.authenticate(await late.token('config'))).toMatchObject({ name: 'edge-1' })
  })

  it('stay known while their source is down', async () => {
    const authenticator = at('config')
    await authenticator.refresh()
    keys.down = true
    await expect(authenticator.refresh()).rejects.toThrow('the key source is down')
    expect(await authenticator.authenticate(await gateway0.token('config'))).toMatchObject({
      name: 'gateway-0',
    })
  })

  it('no longer count once the source has dropped them, also for tokens that were accepted before', async () => {
    const authenticator = at('config')
    const token = await gateway0.token('config')
    await authenticator.authenticate(token)
    keys.registered.clear()
    await authenticator.refresh()
    const failure: unknown = await authenticator.authenticate(token).catch((error: unknown) => error)
    expect(failure).toBeInstanceOf(MeshError)
    expect(failure).toMatchObject({ failure: unauthenticated('unknown-key') })
  })
})
