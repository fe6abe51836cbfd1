// A person with a browser: opens an authorization URL in a real Chromium, logs in, reads the consent page and decides.
//
//     node browser.mjs [--deny] URL
//
// It may stand behind `warded connect --browser-command`, behind `BROWSER` for Python's `webbrowser`, or be started
// by a client of its own. What the person knows and expects comes from the environment:
//
//     PERSON_NAME, PERSON_PASSWORD   who logs in
//     PERSON_EXPECTS                 a JSON list of texts that the consent page must show before anybody agrees to it
//     PERSON_DECIDES                 `allow` (the default) or `deny`
//     PERSON_DIARY                   a file that gets one JSON line for each page, written before the page is answered
//     PERSON_SCREENSHOTS             a folder for pictures of the pages
//
// Exits 0 when the browser has come back to the client, and 1 with a reason when anything else happened.
import { appendFileSync } from 'node:fs'
import { join } from 'node:path'
import { chromium } from 'playwright-core'

const CHROMIUM = process.env.WARDED_CHROMIUM ?? '/usr/bin/chromium'
// Nothing here may look for the internet, and a container has neither a sandbox for Chromium nor a graphics card.
const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]
// A login, a consent, both elsewhere as well, a button that leads there, and one page to spare: whoever shows more goes
// in circles.
const MOST_PAGES = 6

const given = process.argv.slice(2)
const address = given.find((argument) => !argument.startsWith('--'))
const decision = given.includes('--deny') ? 'deny' : (process.env.PERSON_DECIDES ?? 'allow')
const expected = JSON.parse(process.env.PERSON_EXPECTS ?? '[]')

function note(entry) {
  if (process.env.PERSON_DIARY) appendFileSync(process.env.PERSON_DIARY, JSON.stringify(entry) + '\n')
}

/** The page that this is, by what a person would see on it. */
async function recognize(page, home) {
  if (page.url().startsWith(home)) return 'callback'
  const elsewhere = new URL(page.url()).origin !== new URL(address).origin
  if (elsewhere) return (await page.locator('input[name=password]').count()) ? 'their login' : 'their consent'
  if (await page.locator('input[name=password]').count()) return 'login'
  if (await page.locator('button[name=continue]').count()) return 'welcome'
  if (await page.locator('button[name=decision][value=allow]').count()) return 'consent'
  if (await page.getByRole('button', { name: /^Log in with / }).count()) return 'door'
  throw new Error(`a page that nobody expected, ${await page.title()}: ${await textOf(page)}`)
}

async function textOf(page) {
  return (await page.locator('body').innerText()).replaceAll(/\s+/g, ' ').trim()
}

/** Presses a button and waits for the page that it leads to. */
async function press(page, button) {
  const next = page.waitForEvent('load')
  await button.click()
  await next
}

const answers = {
  // The demonstration's: whoever comes continues as its one person.
  async welcome(page) {
    await press(page, page.locator('button[name=continue]'))
  },
  // Who may say who the person is: the page in between leads on by itself.
  async door(page) {
    const here = new URL(address).origin
    await page.getByRole('button', { name: /^Log in with / }).click()
    await page.waitForURL((url) => url.origin !== here)
  },
  async 'their login'(page) {
    await answers.login(page)
  },
  // Back here, where the page of the callback leaves by itself.
  async 'their consent'(page) {
    const here = new URL(address).origin
    await page.locator('button[name=decision][value=allow]').click()
    await page.waitForURL((url) => url.origin === here && !url.pathname.endsWith('/callback'))
  },
  async login(page) {
    await page.locator('input[name=username]').fill(process.env.PERSON_NAME ?? '')
    await page.locator('input[name=password]').fill(process.env.PERSON_PASSWORD ?? '')
    await press(page, page.locator('form:has(input[name=password]) button[type=submit]'))
  },
  async consent(page, home) {
    const shown = await textOf(page)
    const missing = expected.filter((text) => !shown.includes(text))
    if (missing.length) throw new Error(`the consent page does not say ${JSON.stringify(missing)}, but: ${shown}`)
    await page.locator(`button[name=decision][value=${decision}]`).click()
    // The page in between leaves by itself.
    await page.waitForURL((url) => url.href.startsWith(home))
  },
}

async function visit(page) {
  const home = new URL(address).searchParams.get('redirect_uri')
  if (!home) throw new Error('this URL says nowhere where to come back to')
  // What a page forbids itself and does anyway, such as a form that leads where its policy does not allow.
  page.on('console', (message) => {
    if (message.text().includes('Content Security Policy')) note({ page: 'complaint', text: message.text() })
  })
  await page.goto(address)
  const seen = []
  while (seen.length < MOST_PAGES) {
    const kind = await recognize(page, home)
    const answered = new URL(page.url()).searchParams
    note({ page: kind, text: await textOf(page), error: answered.get('error') })
    if (process.env.PERSON_SCREENSHOTS) {
      await page.screenshot({ path: join(process.env.PERSON_SCREENSHOTS, `${kind}.png`), fullPage: true })
    }
    if (kind === 'callback') return
    if (seen.includes(kind)) throw new Error(`the ${kind} page came back: ${await textOf(page)}`)
    seen.push(kind)
    await answers[kind](page, home)
  }
  throw new Error(`too many pages: ${seen.join(', ')}`)
}

const browser = await chromium.launch({ executablePath: CHROMIUM, headless: true, args: FLAGS })
try {
  await visit(await browser.newPage())
} catch (error) {
  note({ page: 'lost', text: String(error) })
  process.stderr.write(`browser: ${error.message}\n`)
  process.exitCode = 1
} finally {
  await browser.close()
}
