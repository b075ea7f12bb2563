import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { isShown, parseLogLine, renderLogLine } from './render-log-line.ts'

const look = { name: 'gateway-0', nameWidth: 10, index: 1, colour: false, now: '10:00:00.000' }

describe('log lines', () => {
  test('a pino record becomes one readable line', () => {
    const record = {
      level: 'warn',
      time: '2026-03-01T12:34:56.789Z',
      service: 'gateway-0',
      pid: 1,
      msg: 'lease lost',
      guildId: '81384788765712384',
      epochs: [1, 2],
    }
    expect(renderLogLine(parseLogLine(JSON.stringify(record)), look)).toBe(
      '12:34:56.789 gateway-0  WARN lease lost guildId=81384788765712384 epochs=[1,2]',
    )
  })

  test('an error keeps its stack', () => {
    const record = { level: 50, time: 0, msg: 'failed', err: { message: 'no', stack: 'Error: no\n    at x' } }
    expect(parseLogLine(JSON.stringify(record))).toEqual({
      severity: 'error',
      time: '00:00:00.000',
      text: 'failed Error: no\n    at x',
    })
  })

  test('other text is shown as it is', () => {
    expect(renderLogLine(parseLogLine('listening'), look)).toBe('10:00:00.000 gateway-0  listening')
    expect(parseLogLine('{"not":"a record"}').text).toBe('{"not":"a record"}')
  })

  test('colours the process and the severity', () => {
    const line = renderLogLine(parseLogLine('{"level":"error","msg":"bad"}'), { ...look, colour: true })
    expect(line).toContain('\u001B[35mgateway-0')
    expect(line).toContain('\u001B[31mERROR bad\u001B[0m')
  })

  test('quiet hides information, verbose hides nothing', () => {
    expect(isShown('info', 'quiet')).toBe(false)
    expect(isShown('warn', 'quiet')).toBe(true)
    expect(isShown('debug', 'normal')).toBe(false)
    expect(isShown('trace', 'verbose')).toBe(true)
  })

  test('no text makes it throw or colours an uncoloured line', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
        expect(renderLogLine(parseLogLine(text), look)).toContain('gateway-0')
      }),
    )
  })
})
