import { expect, test } from 'vitest'
import { isFromPortal } from './same-origin.ts'

const portal = 'https://portal.example'

test("the portal's own pages may act", () => {
  expect(isFromPortal({ origin: portal }, portal)).toBe(true)
  expect(isFromPortal({ origin: portal, 'sec-fetch-site': 'same-origin' }, portal)).toBe(true)
})

test.each([
  [{}],
  [{ origin: 'null' }],
  [{ origin: 'http://portal.example' }],
  [{ origin: 'https://portal.example:8443' }],
  [{ origin: 'https://portal.example.evil.example' }],
  [{ origin: 'https://evil.example' }],
  [{ origin: 'https://sub.portal.example' }],
  [{ origin: `${portal}, https://evil.example` }],
  [{ origin: portal, 'sec-fetch-site': 'cross-site' }],
  [{ origin: portal, 'sec-fetch-site': 'same-site' }],
  [{ origin: portal, 'sec-fetch-site': 'none' }],
  [{ 'sec-fetch-site': 'same-origin' }],
])('nobody else may: %j', (headers) => {
  expect(isFromPortal(headers, portal)).toBe(false)
})
