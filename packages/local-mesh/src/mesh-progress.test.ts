import { expect, test } from 'vitest'
import { MeshProgress } from './mesh-progress.ts'

test('progress names what is not ready yet, and why', () => {
  const progress = new MeshProgress()
  expect(progress.describe()).toBeNull()
  progress.note('config-0', { type: 'started', pid: 1 })
  progress.note('gateway-0', { type: 'started', pid: 2 })
  progress.note('gateway-0', { type: 'waiting', detail: 'lease: not registered' })
  expect(progress.describe()).toBe('still waiting for config-0 (starting), gateway-0 (lease: not registered)')
  progress.note('config-0', { type: 'ready', afterMs: 5 })
  progress.note('gateway-0', {
    type: 'ended',
    exit: 'exit code 1',
    decision: { action: 'restart', afterMs: 200, failures: 1 },
  })
  expect(progress.describe()).toBe('still waiting for gateway-0 (exited: exit code 1)')
})
