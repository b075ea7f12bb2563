import { callTRPCProcedure, TRPCError } from '@trpc/server'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { GuildId } from '../ids.ts'
import { MeshError } from '../failures/mesh-error.ts'
import { wireVersion } from '../wire-version/wire-version.ts'
import type { Call } from './call.ts'
import type { RpcContext } from './context.ts'
import type { ProcedureMeta } from './procedure-meta.ts'
import { failureOfError } from './failure-of-error.ts'
import { createRpc } from './trpc.ts'

interface EchoPort {
  echo(text: string, call: Call): Promise<string>
}

const meta: ProcedureMeta = {
  callers: ['service'],
  services: ['edge'],
  deadlineMs: 1000,
  idempotent: true,
  ownerKey: 'none',
}
const { router, procedure } = createRpc<EchoPort>()
const echoRouter = router({
  echo: procedure(meta)
    .input(z.object({ text: z.string() }))
    .output(z.string())
    .query(({ ctx, input }) => ctx.port.echo(input.text, ctx.call)),
})

/** Calls `echo` as the mesh server does. */
async function call(raw: unknown, echo: EchoPort['echo'] = async (text) => text): Promise<unknown> {
  const ctx: RpcContext<EchoPort> = {
    port: { echo },
    transport: {
      kind: 'mesh',
      authenticator: {
        async authenticate(token) {
          if (token !== 'good') throw new MeshError({ kind: 'Unauthenticated', reason: 'bad-signature' })
          return { kind: 'service', name: 'edge-0', role: 'edge', gatewayId: null }
        },
      },
    },
  }
  return callTRPCProcedure({
    router: echoRouter,
    path: 'echo',
    getRawInput: async () => raw,
    ctx,
    type: 'query',
    signal: new AbortController().signal,
    batchIndex: 0,
  })
}

async function failureOf(work: Promise<unknown>) {
  try {
    await work
  } catch (error) {
    if (error instanceof TRPCError) return failureOfError(error)
    throw error
  }
  throw new Error('the call was answered')
}

function enveloped(input: unknown, rest: object = {}) {
  return { mesh: { v: wireVersion, token: 'good', budgetMs: 1000, ...rest }, input }
}

test('an enveloped call reaches the port with its plain input', async () => {
  expect(await call(enveloped({ text: 'hello' }))).toBe('hello')
})

test('a call inside the mesh without an envelope is unauthenticated', async () => {
  expect(await failureOf(call({ text: 'hello' }))).toEqual({ kind: 'Unauthenticated', reason: 'missing' })
})

test('the token is verified on every call', async () => {
  expect(await failureOf(call(enveloped({ text: 'x' }, { token: 'forged' })))).toEqual({
    kind: 'Unauthenticated',
    reason: 'bad-signature',
  })
})

test('an unknown wire version is refused before anything else is read', async () => {
  const failure = await failureOf(call(enveloped({ text: 'x' }, { v: wireVersion + 7, token: 'forged' })))
  expect(failure).toMatchObject({ kind: 'WireVersionUnsupported', offered: wireVersion + 7 })
})

test('bad input names the field and what is wrong with it', async () => {
  expect(await failureOf(call(enveloped({ text: 5 })))).toMatchObject({
    kind: 'InvalidInput',
    issues: [{ path: 'text' }],
  })
})

test("a call ends at the caller's budget, and its signal aborts for the port", async () => {
  let seen: AbortSignal | undefined
  const failure = await failureOf(
    call(enveloped({ text: 'x' }, { budgetMs: 5 }), (_text, { signal }) => {
      seen = signal
      return new Promise(() => {})
    }),
  )
  expect(failure).toEqual({ kind: 'DeadlineExceeded', budgetMs: 5 })
  expect(seen?.aborted).toBe(true)
})

test("a caller cannot have more time than the procedure's own limit", async () => {
  let remaining: number | null = null
  await call(enveloped({ text: 'x' }, { budgetMs: 500_000 }), async (text, inner) => {
    remaining = inner.remainingMs()
    return text
  })
  expect(remaining).toBeLessThanOrEqual(1000)
})

test('a failure that the port throws keeps its kind', async () => {
  const guildId = GuildId.parse('100000000000000001')
  const failure = await failureOf(
    call(enveloped({ text: 'x' }), async () => {
      throw new MeshError({ kind: 'NotAssigned', guildId })
    }),
  )
  expect(failure).toEqual({ kind: 'NotAssigned', guildId })
})

test('an unexpected error keeps its details at home', async () => {
  const failure = await failureOf(
    call(enveloped({ text: 'x' }), async () => {
      throw new Error('password=hunter2')
    }),
  )
  expect(failure.kind).toBe('Internal')
  expect(JSON.stringify(failure)).not.toContain('hunter2')
})
