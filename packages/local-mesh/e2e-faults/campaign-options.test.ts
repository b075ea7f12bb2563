import { expect, test } from 'vitest'
import { readCampaignOptions } from './campaign-options.ts'
import { faultNames } from './fault-plan.ts'

test('without any variable it is the campaign of CI: all faults within 120 s at 1,000 events a second', () => {
  expect(readCampaignOptions({})).toEqual({
    faults: faultNames,
    seconds: 120,
    everyMs: 11_500,
    rate: 1000,
    guilds: 100,
    seed: 1,
    chaos: false,
  })
})

test('single faults and longer runs by option', () => {
  const wanted = { FAULTS: 'kill-holder, drop-tcp', SECONDS: '600', RATE: '2000', SEED: '7' }
  expect(readCampaignOptions(wanted)).toMatchObject({
    faults: ['kill-holder', 'drop-tcp'],
    seconds: 600,
    rate: 2000,
    seed: 7,
  })
})

test('what cannot be used is named, all of it', () => {
  const wrong = { FAULTS: 'kill-everybody', SECONDS: 'long', RATE: '0' }
  expect(() => readCampaignOptions(wrong)).toThrow(
    /FAULTS must name faults out of kill-holder.*SECONDS must be a whole number.*RATE/,
  )
})
