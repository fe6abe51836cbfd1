// A person who takes an application's access away: opens the page of apps in a real Chromium, logs in, and presses the
// button of the application with that name; of each, where it has registered more than once.
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
  const press = async (button) => {
    const next = page.waitForEvent('load')
    await button.click()
    await next
  }
  // On loopback each answer ends the session, so the person logs in anew.
  const cards = async () => {
    await page.goto(address)
    const password = page.locator('input[name=password]')
    if (await password.count()) {
      await page.locator('input[name=username]').fill(process.env.PERSON_NAME)
      await password.fill(process.env.PERSON_PASSWORD)
      await press(page.locator('form:has(input[name=password]) button[type=submit]'))
    }
    return page.locator('ul.apps > li').filter({ hasText: name })
  }
  let found = await cards()
  if (!(await found.count())) throw new Error(`nobody is called ${name}: ${await page.locator('main').innerText()}`)
  while (await found.count()) {
    await press(found.first().getByRole('button', { name: 'Take access away' }))
    found = await cards()
  }
  if (process.env.PERSON_DIARY) appendFileSync(process.env.PERSON_DIARY, JSON.stringify({ page: 'taken away' }) + '\n')
} catch (error) {
  process.stderr.write(`revoke: ${error.message}\n`)
  process.exitCode = 1
} finally {
  await browser.close()
}
