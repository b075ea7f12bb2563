import { expect, test } from 'vitest'
import { SessionProgress } from './session-progress.ts'

const session = (generation: number) => ({ generation, sessionId: `s${generation}`, resumeUrl: 'wss://r' })

test('a successor gets the session with the low watermark; Discord is told what is stored', () => {
  const progress = new SessionProgress({ ...session(1), seq: 10 })
  for (const seq of [11, 12, 13]) progress.receive({ generation: 1, seq })
  progress.settle({ generation: 1, seq: 11 })
  progress.settle({ generation: 1, seq: 13 })
  expect(progress.checkpoint).toEqual({ ...session(1), seq: 11 })
  expect(progress.seqLag).toBe(2)
  expect(progress.resumeSeq).toBe(10)
  progress.stored({ ...session(1), seq: 11 })
  expect(progress.resumeSeq).toBe(11)
})

test('what becomes of an earlier session says nothing of the present one', () => {
  const progress = new SessionProgress({ ...session(1), seq: 10 })
  progress.receive({ generation: 1, seq: 11 })
  progress.begin(session(2), 1)
  progress.receive({ generation: 2, seq: 11 })
  progress.settle({ generation: 1, seq: 11 })
  progress.stored({ ...session(1), seq: 11 })
  expect(progress.checkpoint).toEqual({ ...session(2), seq: 10 })
  expect(progress.resumeSeq).toBe(1)
  expect(() => progress.receive({ generation: 1, seq: 12 })).toThrow('outside its session')
})

test('without a session there is nothing to resume', () => {
  const progress = new SessionProgress({ ...session(1), seq: 10 })
  progress.end()
  expect(progress).toMatchObject({ session: null, checkpoint: null, resumeSeq: 0, seqLag: 0 })
  expect(() => progress.receive({ generation: 1, seq: 11 })).toThrow('outside its session')
  progress.settle({ generation: 1, seq: 10 })
  progress.stored({ ...session(1), seq: 10 })
  expect(progress.resumeSeq).toBe(0)
})

test('whoever waits for a session waits until one has begun, or until the signal says', async () => {
  const patience = new AbortController()
  const begun = new SessionProgress({ ...session(1), seq: 10 })
  await begun.untilBegun(patience.signal)
  begun.end()
  const ended: string[] = []
  const waiting = begun.untilBegun(patience.signal).then(() => ended.push('begun'))
  await begun.untilBegun(AbortSignal.abort())
  expect(ended).toEqual([])
  begun.begin(session(2), 1)
  await waiting
  expect(ended).toEqual(['begun'])
  begun.end()
  const cutShort = begun.untilBegun(patience.signal)
  patience.abort()
  await cutShort
})
