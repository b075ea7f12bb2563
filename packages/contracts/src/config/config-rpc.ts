import type { ServiceRole } from '../rpc/caller.ts'
import type { ProcedureMeta } from '../rpc/procedure-meta.ts'
import { createRpc } from '../rpc/trpc.ts'
import type { ConfigPort } from './config-port.ts'

export const { router, procedure, createCallerFactory } = createRpc<ConfigPort>()

export const anyService: readonly ServiceRole[] = ['config', 'gateway', 'edge', 'witness']

/** A call that may be repeated without harm. */
export function safe(services: readonly ServiceRole[], rest: Partial<ProcedureMeta> = {}): ProcedureMeta {
  return { callers: ['service'], services, deadlineMs: 2000, idempotent: true, ownerKey: 'none', ...rest }
}

/** A call that must not be repeated unless its outcome was read back. */
export function once(services: readonly ServiceRole[], rest: Partial<ProcedureMeta> = {}): ProcedureMeta {
  return { ...safe(services, rest), idempotent: false }
}
