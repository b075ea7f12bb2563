import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { launchBrowser } from '../test-browser/launch-browser.ts'
import { openPortal } from './open-portal.ts'
import { mossyWorkshop } from './sample-guilds.ts'
import { ida } from './sample-mesh.ts'

let browser: Browser
beforeAll(async () => {
  browser = await launchBrowser()
})
afterAll(() => browser.close())

/** A guild of the sample mesh that has no data. */
const empty = '830000000000000000'

it('is closed to everybody but operators, who see it in the menu', async () => {
  await using user = await openPortal(browser, '/admin')
  await user.page.getByRole('heading', { name: 'The console is for operators' }).waitFor()
  expect(await user.page.getByRole('link', { name: 'Console' }).count()).toBe(0)
  expect(user.mesh.calls('admin.status')).toBe(0)

  await using operator = await openPortal(browser, '/', { user: ida })
  await operator.page.getByRole('link', { name: 'Console' }).click()
  await operator.page.getByText('3 of 3').waitFor()
})

it('cordons a gateway and uncordons it, by keyboard, with a reason in the audit log', async () => {
  await using portal = await openPortal(browser, '/admin', { user: ida })
  const { page } = portal
  const row = page.getByRole('row').filter({ hasText: 'gateway-1' })
  await row.getByRole('button', { name: 'Cordon' }).press('Enter')
  const dialog = page.getByRole('dialog', { name: 'Cordon gateway-1' })
  await dialog.getByText('will receive no new or moved guilds').waitFor()
  await dialog.getByRole('textbox', { name: 'Reason' }).pressSequentially("disk's full")
  await dialog.getByText(String.raw`guildmesh gateway cordon gateway-1 --reason 'disk'\''s full'`).waitFor()
  await dialog.getByRole('button', { name: 'Cordon' }).press('Enter')
  await dialog.getByText('gateway-1 is now cordoned').waitFor()
  await dialog.getByRole('button', { name: 'Close' }).press('Enter')
  await expect.poll(() => page.getByRole('dialog').count()).toBe(0)
  await row.getByText('cordoned').waitFor()

  await row.getByRole('button', { name: 'Uncordon' }).press('Enter')
  await page.getByRole('dialog', { name: 'Uncordon gateway-1' }).waitFor()
  await expect
    .poll(() => page.getByRole('dialog').evaluate((element) => element.contains(document.activeElement)))
    .toBe(true)
  await page.keyboard.press('Escape')
  await expect.poll(() => page.getByRole('dialog').count()).toBe(0)
  await row.getByText('cordoned').waitFor()

  await page.getByRole('link', { name: 'Audit' }).press('Enter')
  await page.getByRole('row').filter({ hasText: 'gateway.cordon' }).getByText("disk's full").waitFor()
})

it('does not act without a reason', async () => {
  await using portal = await openPortal(browser, '/admin', { user: ida })
  const { page, mesh } = portal
  await page.getByRole('button', { name: 'Cordon… gateway-0' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByRole('button', { name: 'Cordon' }).click()
  await expect
    .poll(() => dialog.getByRole('textbox').evaluate((box: HTMLTextAreaElement) => box.validity.valueMissing))
    .toBe(true)
  expect(mesh.calls('admin.cordon')).toBe(0)
})

it('locates a guild by its id, and says so if it is on no gateway', async () => {
  await using portal = await openPortal(browser, '/admin/guilds', { user: ida })
  const { page } = portal
  const box = page.getByRole('textbox', { name: 'Locate a guild by its id' })
  await box.fill('twelve')
  await box.press('Enter')
  await page.getByText('Not a Discord id').waitFor()
  await box.fill(mossyWorkshop.guildId)
  await box.press('Enter')
  await page.getByText(`Guild ${mossyWorkshop.guildId} is on gateway-0 (active) at epoch 1`).waitFor()
  await box.fill('999999999999999999')
  await box.press('Enter')
  await expect
    .poll(() => page.getByRole('search').innerText())
    .toContain('Guild 999999999999999999 is on no gateway')
})

it('pages through the guilds, and filters them by gateway', async () => {
  await using portal = await openPortal(browser, '/admin/guilds', { user: ida })
  const { page } = portal
  const rows = page.getByRole('table').getByRole('row')
  await page.getByText('64 guilds in all').waitFor()
  await expect.poll(() => rows.count()).toBe(1 + 40)
  await page.getByRole('link', { name: 'Next page' }).click()
  await expect.poll(() => rows.count()).toBe(1 + 24)
  await page.getByRole('combobox', { name: 'Gateway' }).selectOption('gateway-2')
  await page.getByText('21 guilds in all on gateway-2').waitFor()
  await expect.poll(() => rows.count()).toBe(1 + 21)
})

it('reassigns a guild without data, and shows the move', async () => {
  await using portal = await openPortal(browser, `/admin/guilds?guild=${empty}`, { user: ida })
  const { page } = portal
  await page.getByRole('button', { name: 'Reassign it…' }).click()
  const dialog = page.getByRole('dialog', { name: 'Reassign a guild' })
  await dialog.getByRole('combobox', { name: 'Target' }).selectOption('gateway-2')
  await dialog.getByRole('textbox', { name: 'Reason' }).fill('closer')
  await dialog.getByText(`guildmesh guild move ${empty} --to gateway-2 --reason closer`).waitFor()
  await dialog.getByRole('button', { name: 'Reassign' }).click()
  await dialog.getByText('is now on gateway-2').waitFor()
  await dialog.getByRole('button', { name: 'Close' }).click()
  await page.getByText(`Guild ${empty} is on gateway-2`).waitFor()
  await page.getByRole('link', { name: 'Moves' }).click()
  const move = page.getByRole('row').filter({ hasText: empty })
  await expect.poll(() => move.innerText()).toMatch(/gateway-\d → gateway-2\s+done\s+closer/)
})

it('explains why a guild with data stays where it is', async () => {
  await using portal = await openPortal(browser, `/admin/guilds?guild=${mossyWorkshop.guildId}`, {
    user: ida,
  })
  const { page } = portal
  await page.getByRole('button', { name: 'Reassign it…' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByRole('textbox', { name: 'Reason' }).fill('closer')
  await dialog.getByRole('button', { name: 'Reassign' }).click()
  const alert = dialog.getByRole('alert')
  await expect
    .poll(() => alert.innerText())
    .toMatch(/This guild has data on its gateway.*18211 rows of message stats/s)
})
