// A person who takes an application's access away: opens the page of apps in a real Chromium, logs in, and presses the
// button of the application with that name.
//
//     node revoke.mjs URL-OF-THE-PAGE NAME
//
// `PERSON_NAME`, `PERSON_PASSWORD` and `PERSON_DIARY` as for browser.mjs.
import { appendFileSync } from 'node:fs'
import { chromium } from 'playwright-core'

const [, , address, name] = process.argv
const browser = await chromium.launch({
  executablePath: process.env.WARDED_CHROMIUM ?? '/usr/bin/chromium',
  headless: true,
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking'],
})
try {
  const page = await browser.newPage()
  await page.goto(address)
  await page.locator('input[name=username]').fill(process.env.PERSON_NAME)
  await page.locator('input[name=password]').fill(process.env.PERSON_PASSWORD)
  const shown = page.waitForEvent('load')
  await page.locator('form:has(input[name=password]) button[type=submit]').click()
  await shown
  const card = page.locator('ul.apps > li').filter({ hasText: name })
  const done = page.waitForEvent('load')
  await card.first().getByRole('button', { name: 'Take access away' }).click()
  await done
  const text = (await page.locator('main').innerText()).replaceAll(/\s+/g, ' ').trim()
  if (process.env.PERSON_DIARY) appendFileSync(process.env.PERSON_DIARY, JSON.stringify({ page: 'taken away', text }) + '\n')
} catch (error) {
  process.stderr.write(`revoke: ${error.message}\n`)
  process.exitCode = 1
} finally {
  await browser.close()
}
