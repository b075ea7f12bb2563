import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto'
import type { Secret } from '@guildmesh/runtime'

/** Encrypts and authenticates text, so that whoever keeps it can neither read nor change it. */
export interface Sealer {
  seal(text: string): string
  /** The text, or `null` if it was not sealed with this secret for this purpose, or was changed since. */
  open(sealed: string): string | null
}

const algorithm = 'aes-256-gcm'
const ivBytes = 12
const tagBytes = 16
const version = 'v1.'

/**
 * A sealer whose key belongs to one purpose: what is sealed for another does not open here. Every edge with the
 * same secret opens what any of them sealed. Sealed text is `v1.` + base64url(iv, ciphertext, tag).
 */
export function createSealer(secret: Secret, purpose: string): Sealer {
  const key = new Uint8Array(hkdfSync('sha256', secret.reveal(), 'guildmesh-edge', purpose, 32))
  return {
    seal(text) {
      const iv = randomBytes(ivBytes)
      const cipher = createCipheriv(algorithm, key, iv, { authTagLength: tagBytes })
      const sealed = Buffer.concat([iv, cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()])
      return version + sealed.toString('base64url')
    },
    open(sealed) {
      if (!sealed.startsWith(version)) return null
      const bytes = Buffer.from(sealed.slice(version.length), 'base64url')
      if (bytes.length < ivBytes + tagBytes) return null
      const decipher = createDecipheriv(algorithm, key, bytes.subarray(0, ivBytes), {
        authTagLength: tagBytes,
      })
      decipher.setAuthTag(bytes.subarray(-tagBytes))
      try {
        const text = decipher.update(bytes.subarray(ivBytes, -tagBytes))
        return Buffer.concat([text, decipher.final()]).toString('utf8')
      } catch {
        return null
      }
    },
  }
}
