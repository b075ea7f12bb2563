import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { configRouter } from '../config/config-router.ts'
import { gatewayRouter } from '../gateway/gateway-router.ts'
import { portalRouter } from '../portal/portal-router.ts'
import { describeProcedures, type ProcedureDescription } from '../rpc/procedure-schemas.ts'

const mesh = [...describeProcedures(configRouter), ...describeProcedures(gatewayRouter)]
const portal = [...describeProcedures(portalRouter)]

function inputFields({ inputs }: ProcedureDescription): string[] {
  return inputs.flatMap((input) => {
    const { properties } = z.toJSONSchema(input, { io: 'input', unrepresentable: 'any' })
    return Object.keys(properties ?? {})
  })
}

describe.each(mesh)('inside the mesh, %s', (_path, procedure) => {
  test('is never public and names the roles that may call it', () => {
    expect(procedure.meta.callers).not.toContain('public')
    if (procedure.meta.callers.includes('service')) expect(procedure.meta.services).not.toEqual([])
  })
})

describe.each(portal)('for browsers, %s', (path, procedure) => {
  test('admits no service, and guild data only by `guildProcedure` or for operators', () => {
    expect(procedure.meta.services).toEqual([])
    expect(procedure.meta.callers).not.toContain('service')
    if (inputFields(procedure).includes('guildId')) {
      expect(procedure.meta.callers).toEqual([path.startsWith('admin.') ? 'admin' : 'guild'])
    }
  })
})

describe.each([...mesh, ...portal])('%s', (_path, procedure) => {
  test('has a deadline unless it is a subscription, whose events have a schema', () => {
    expect(procedure.meta.deadlineMs === null).toBe(procedure.type === 'subscription')
  })

  test('a query is idempotent', () => {
    expect(procedure.meta.idempotent || procedure.type !== 'query').toBe(true)
  })
})
