import { PassThrough } from 'node:stream'
import { describe, expect, test } from 'vitest'
import { MeshTerminal, wantsColour } from './mesh-terminal.ts'
import type { Verbosity } from './render-log-line.ts'

function terminal(verbosity: Verbosity) {
  const output = new PassThrough({ encoding: 'utf8' })
  const shown = () => String(output.read() ?? '')
  return { shown, terminal: new MeshTerminal({ output, colour: false, verbosity, now: () => 0 }) }
}

describe('the terminal of a mesh', () => {
  test('prefixes what processes write', () => {
    const { terminal: shown, shown: text } = terminal('normal')
    shown.line('edge-0', '{"level":"info","time":"2026-03-01T12:00:00.000Z","msg":"serving"}')
    shown.line('edge-0', '{"level":"debug","msg":"detail"}')
    expect(text()).toBe('12:00:00.000 edge-0     serving\n')
  })

  test('reports that a killed process is restarted, even when quiet', () => {
    const { terminal: quiet, shown: text } = terminal('quiet')
    quiet.event('gateway-1', { type: 'ready', afterMs: 1000 })
    quiet.event('gateway-1', {
      type: 'ended',
      exit: 'killed by SIGKILL',
      decision: { action: 'restart', afterMs: 200, failures: 1 },
    })
    expect(text()).toBe(
      '00:00:00.000 guildmesh  WARN gateway-1 exited (killed by SIGKILL); restarting it in 0.2 s\n',
    )
  })

  test('shows progress while starting', () => {
    const { terminal: verbose, shown: text } = terminal('verbose')
    verbose.event('gateway-1', { type: 'started', pid: 42 })
    verbose.event('gateway-1', { type: 'waiting', detail: 'lease: none yet' })
    verbose.event('gateway-1', { type: 'ready', afterMs: 1234 })
    expect(text()).toMatch(/process 42\)\n.*is waiting: lease: none yet\n.*is ready \(1\.2 s\)/)
  })

  test('colours as the environment says', () => {
    expect(wantsColour({}, true)).toBe(true)
    expect(wantsColour({}, false)).toBe(false)
    expect(wantsColour({ NO_COLOR: '1' }, true)).toBe(false)
    expect(wantsColour({ FORCE_COLOR: '1' }, false)).toBe(true)
  })
})
