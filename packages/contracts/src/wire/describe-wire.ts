import type { AnyRouter } from '@trpc/server'
import { z } from 'zod'
import { configRouter } from '../config/config-router.ts'
import { Failure } from '../failures/failure.ts'
import { failurePolicies } from '../failures/failure-policy.ts'
import { gatewayRouter } from '../gateway/gateway-router.ts'
import { portalRouter } from '../portal/portal-router.ts'
import { Envelope } from '../rpc/envelope.ts'
import { describeProcedures } from '../rpc/procedure-schemas.ts'

/** Everything that crosses the wire, as plain JSON: each procedure's schemas and meta, the failures, the envelope. */
export function describeWire(): unknown {
  return {
    envelope: jsonSchema(Envelope, 'input'),
    failures: { schema: jsonSchema(Failure, 'output'), policies: failurePolicies },
    config: describeRouter(configRouter),
    gateway: describeRouter(gatewayRouter),
    portal: describeRouter(portalRouter),
  }
}

function describeRouter(router: AnyRouter): Record<string, unknown> {
  const described: Record<string, unknown> = {}
  for (const [path, { type, meta, inputs, output }] of [...describeProcedures(router)].toSorted(byPath)) {
    const { event: _event, ...plainMeta } = meta
    described[path] = {
      type,
      meta: plainMeta,
      inputs: inputs.map((input) => jsonSchema(input, 'input')),
      output: jsonSchema(output, 'output'),
    }
  }
  return described
}

function byPath([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number {
  return a < b ? -1 : 1
}

function jsonSchema(schema: z.ZodType, io: 'input' | 'output'): unknown {
  return z.toJSONSchema(schema, { io, unrepresentable: 'any' })
}
