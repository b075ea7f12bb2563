import { describe, expect, test } from 'vitest'
import { gatewayIdOf, UserId } from '../ids.ts'
import { authorize } from './authorize.ts'
import type { Caller } from './caller.ts'
import type { CallerClass, ProcedureMeta } from './procedure-meta.ts'

const userId = UserId.parse('100000000000000001')
const callers = {
  anonymous: { kind: 'anonymous' },
  joining: { kind: 'joining', name: 'edge-0' },
  gateway: { kind: 'service', name: 'gateway-1', role: 'gateway', gatewayId: gatewayIdOf(1) },
  edge: { kind: 'service', name: 'edge-0', role: 'edge', gatewayId: null },
  token: { kind: 'operator', actor: 'token ops', userId: null },
  operator: { kind: 'operator', actor: 'user 1', userId },
  user: { kind: 'user', userId, sessionId: 's' },
} satisfies Record<string, Caller>

function meta(...classes: CallerClass[]): ProcedureMeta {
  return { callers: classes, services: ['edge'], deadlineMs: 1, idempotent: true, ownerKey: 'none' }
}

/** Who passes, for each caller class: everybody else is refused. */
const matrix: Record<CallerClass, (keyof typeof callers)[]> = {
  public: ['anonymous', 'joining', 'gateway', 'edge', 'token', 'operator', 'user'],
  joining: ['joining'],
  service: ['edge'],
  user: ['operator', 'user'],
  guild: ['operator', 'user'],
  admin: ['token', 'operator'],
}

describe.each(Object.entries(matrix))('a procedure for %s', (callerClass, allowed) => {
  test.each(Object.entries(callers))('called by %s', (name, caller) => {
    const refusal = authorize(caller, meta(callerClass as CallerClass))
    expect(refusal === null).toBe((allowed as string[]).includes(name))
    if (refusal) expect(refusal.kind).toBe(name === 'anonymous' ? 'Unauthenticated' : 'Forbidden')
  })
})
