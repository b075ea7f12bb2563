import { execFileSync } from 'node:child_process'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { operatorCommand } from './operator-command.ts'

it('moves a guild', () => {
  const command = {
    kind: 'move',
    guildId: '81384788765712384',
    target: 'gateway-1',
    reason: 'noisy neighbour',
  } as const
  expect(operatorCommand(command)).toBe(
    "guildmesh guild move 81384788765712384 --to gateway-1 --reason 'noisy neighbour'",
  )
})

it('cordons a gateway', () => {
  expect(operatorCommand({ kind: 'cordon', gatewayId: 'gateway-0', reason: 'upgrade' })).toBe(
    'guildmesh gateway cordon gateway-0 --reason upgrade',
  )
})

it('a shell reads back exactly the reason that was typed', () => {
  const typed = fc.string({
    unit: fc.constantFrom('a', ' ', "'", '"', '$', '`', '\\', ';', '\n', '&', '!', 'é'),
  })
  fc.assert(
    fc.property(fc.array(typed, { minLength: 1, maxLength: 40 }), (reasons) => {
      // One shell for many reasons: its function prints its last argument, ended by a byte that no reason has.
      const script = reasons.map((reason) =>
        operatorCommand({ kind: 'cordon', gatewayId: 'gateway-0', reason }),
      )
      const shell = `guildmesh() { printf '%s\\001' "$5"; }\n${script.join('\n')}`
      const read = execFileSync('sh', ['-c', shell], { encoding: 'utf8' }).split('\u0001').slice(0, -1)
      expect(read).toEqual(reasons)
    }),
    { numRuns: 25 },
  )
})
