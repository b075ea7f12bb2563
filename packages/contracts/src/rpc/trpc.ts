import { initTRPC, TRPCError } from '@trpc/server'
import { MeshError } from '../failures/mesh-error.ts'
import { isWireVersionSupported, supportedWireVersions } from '../wire-version/wire-version.ts'
import { authorize } from './authorize.ts'
import type { Call } from './call.ts'
import { budgetOf, startDeadline } from './call-deadline.ts'
import type { Caller } from './caller.ts'
import type { RpcContext } from './context.ts'
import { type Envelope, MeshInput } from './envelope.ts'
import { failureOfError } from './failure-of-error.ts'
import type { ProcedureMeta } from './procedure-meta.ts'

/** tRPC's tools for a router over `Port`, with identification, authorisation and deadline in every procedure. */
export function createRpc<Port extends object>() {
  const t = initTRPC
    .context<RpcContext<Port>>()
    .meta<ProcedureMeta>()
    .create({
      isDev: false,
      errorFormatter({ shape, error }) {
        const failure = failureOfError(error)
        const known = failure.kind !== 'Internal'
        return {
          ...shape,
          message: known ? error.message : 'Something went wrong on our side.',
          data: { code: shape.data.code, httpStatus: shape.data.httpStatus, path: shape.data.path, failure },
        }
      },
    })

  const identified = t.procedure
    .use(async ({ ctx, path, type, next }) => {
      const ended = ctx.observe?.({ path, type })
      const result = await next()
      ended?.(result.ok ? null : failureOfError(result.error))
      return result
    })
    .use(async ({ ctx, meta, getRawInput, signal, next }) => {
      if (!meta) throw new TRPCError({ code: 'INTERNAL_SERVER_ERROR', message: 'a procedure without meta' })
      const { caller, envelope } = await identify(ctx, getRawInput)
      const refusal = authorize(caller, meta)
      if (refusal) throw new MeshError(refusal)
      const traceparent =
        envelope?.trace ?? (ctx.transport.kind === 'http' ? ctx.transport.traceparent : null) ?? null
      const budgetMs = budgetOf(meta, envelope)
      const deadline = startDeadline(budgetMs, signal)
      const call: Call = {
        caller,
        signal: deadline.signal,
        remainingMs: deadline.remainingMs,
        traceparent,
      }
      // A subscription goes on after its handler has returned; only its own end may release its signal.
      return deadline.race(next({ ctx: { call } }))
    })
    .use(({ ctx, getRawInput, next }) =>
      ctx.transport.kind === 'mesh' ? next({ getRawInput: async () => unwrap(await getRawInput()) }) : next(),
    )

  return {
    router: t.router,
    createCallerFactory: t.createCallerFactory,
    /** Starts a procedure that states who may call it, how long it may take and whether it may be repeated. */
    procedure: (meta: ProcedureMeta) => identified.meta(meta),
  }
}

async function identify<Port>(
  ctx: RpcContext<Port>,
  getRawInput: () => Promise<unknown>,
): Promise<{ caller: Caller; envelope: Envelope | null }> {
  if (ctx.transport.kind === 'http') return { caller: ctx.transport.caller, envelope: null }
  const parsed = MeshInput.safeParse(await getRawInput())
  if (!parsed.success) throw new MeshError({ kind: 'Unauthenticated', reason: 'missing' })
  const envelope = parsed.data.mesh
  if (!isWireVersionSupported(envelope.v)) {
    throw new MeshError({
      kind: 'WireVersionUnsupported',
      offered: envelope.v,
      supported: [...supportedWireVersions],
    })
  }
  return { caller: await ctx.transport.authenticator.authenticate(envelope.token), envelope }
}

function unwrap(raw: unknown): unknown {
  const { input, lastEventId } = MeshInput.parse(raw)
  if (lastEventId === undefined) return input
  return typeof input === 'object' && input !== null ? { ...input, lastEventId } : { lastEventId }
}
