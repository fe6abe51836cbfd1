// Looks at the issuer's pages as people do, in a real Chromium, and tells what it saw as one line of JSON.
//
//     node look.mjs PLAN
//
// The plan is JSON: which walk, where the browser is, at which port every host of example.com is, the addresses of the
// pages, who logs in, and the folder for pictures.
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { chromium } from 'playwright-core'

const plan = JSON.parse(process.argv[2])
const { addresses } = plan
const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

const WIDE = { width: 900, height: 700 }
const VIEWS = {
  light: { colorScheme: 'light', viewport: WIDE },
  dark: { colorScheme: 'dark', viewport: WIDE },
  phone: { colorScheme: 'light', viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true },
}
// The narrowest that has to be readable without scrolling sideways (WCAG 2.2, 1.4.10).
const NARROW = 320

async function open(options) {
  const context = await browser.newContext({ ignoreHTTPSErrors: true, locale: 'en', ...options })
  const page = await context.newPage()
  page.complaints = []
  // An answer of 403 or 404 is an answer: the pages that refuse have them, and hosts without a picture of themselves.
  const isAnswer = (text) => text.startsWith('Failed to load resource: the server responded')
  page.on('console', (message) => isAnswer(message.text()) || page.complaints.push(message.text()))
  page.on('pageerror', (error) => page.complaints.push(String(error)))
  return page
}

/** What there is to say about the page that is shown now. */
async function observe(page, view, name) {
  await page.screenshot({ path: join(plan.pictures, `${name}-${view}.png`), fullPage: true })
  await page.evaluate(AXE)
  const violations = await page.evaluate(async () => {
    const { violations } = await globalThis.axe.run(document, { rules: { 'target-size': { enabled: true } } })
    return violations.map(({ id, impact, nodes }) => ({ id, impact, nodes: nodes.map((node) => node.html) }))
  })
  const wide = await isTooWide(page)
  const size = page.viewportSize()
  await page.setViewportSize({ width: NARROW, height: size.height })
  const wideWhenNarrow = await isTooWide(page)
  await page.setViewportSize(size)
  return {
    name,
    view,
    violations,
    isTooWide: wide || wideWhenNarrow,
    title: await page.title(),
    heard: await page.locator('body').ariaSnapshot(),
  }
}

async function isTooWide(page) {
  return page.evaluate(() => document.documentElement.scrollWidth > document.documentElement.clientWidth)
}

async function press(page, button) {
  const next = page.waitForEvent('load')
  await button.click()
  await next
}

async function logIn(page, password) {
  await page.getByLabel('Name').fill(plan.name)
  await page.getByLabel('Password').fill(password)
  await press(page, page.getByRole('button', { name: 'Log in', exact: true }))
}

/** Agrees, and waits until the application has the answer: the page in between leaves by itself. */
async function allow(page) {
  await page.getByRole('button', { name: 'Allow' }).click()
  await page.waitForURL((url) => addresses.callbacks.some((callback) => url.href.startsWith(callback)))
}

function isBack(page) {
  return addresses.callbacks.some((callback) => page.url().startsWith(callback))
}

const walks = {
  /** Every page, in every view. */
  async pages() {
    const seen = []
    const complaints = []
    const cookies = []
    for (const [view, options] of Object.entries(VIEWS)) {
      const page = await open(options)
      const look = async (name) => seen.push(await observe(page, view, name))
      await page.goto(addresses.editor)
      await look('login')
      await logIn(page, 'wrong')
      await look('login-wrong')
      await logIn(page, plan.password)
      await look('consent')
      await allow(page)
      if (!isBack(page)) throw new Error(`not back at the editor, but at ${page.url()}`)
      await page.goto(addresses.portal)
      await look('consent-registered')
      await allow(page)
      if (!isBack(page)) throw new Error(`not back at the portal, but at ${page.url()}`)
      await page.goto(addresses.apps)
      await look('apps')
      await press(page, page.getByRole('button', { name: 'Take access away' }).first())
      await look('taken-away')
      await page.goto(addresses.stranger)
      await look('error')
      await page.goto(addresses.mistaken)
      await look('error-return')
      await page.goto(addresses.apps)
      cookies.push(...(await page.context().cookies()))
      await press(page, page.getByRole('button', { name: 'Log out', exact: true }))
      await look('logged-out')
      await page.goto(addresses.apps)
      await look('login-apps')
      complaints.push(...page.complaints)
      await page.context().close()
    }
    return { seen, complaints, cookies }
  },

  /** What the checks say of a page on which everything is wrong: that they can say something. */
  async measure() {
    const page = await open(VIEWS.light)
    const text = '<p style="color:#bbb;background:#fff">pale</p><img src="data:,"><input><div style="width:2000px">wide</div>'
    await page.setContent(`<!doctype html><html><body>${text}</body></html>`)
    const { violations, isTooWide } = await observe(page, 'light', 'measure')
    return { violations: violations.map(({ id }) => id), isTooWide }
  },

  /** Where everything is called by one word that does not end. */
  async endless() {
    const seen = []
    const page = await open(VIEWS.phone)
    await page.goto(addresses.endless)
    seen.push(await observe(page, 'phone', 'endless-login'))
    await logIn(page, plan.password)
    seen.push(await observe(page, 'phone', 'endless-consent'))
    await page.getByRole('button', { name: 'Allow' }).click()
    await page.waitForURL('https://app.example.com/**')
    await page.goto(addresses.apps)
    seen.push(await observe(page, 'phone', 'endless-apps'))
    return { seen }
  },

  /** To somebody else who says who it is, by the button. */
  async elsewhere() {
    const page = await open(VIEWS.light)
    const visited = []
    page.on('framenavigated', (frame) => visited.push(frame.url()))
    await page.goto(addresses.editor)
    const heard = await page.locator('body').ariaSnapshot()
    await page.getByRole('button', { name: 'Log in with Example Hub' }).click()
    await page.waitForURL('https://hub.example.com/**')
    return { heard, visited, title: await page.title(), complaints: page.complaints }
  },

  /** To applications whose callback sends people on to another host: by their answer, and by a login alone. */
  async onward() {
    const page = await open(VIEWS.light)
    const titles = []
    const there = async () => {
      await page.waitForURL(addresses.opener)
      titles.push(await page.title())
    }
    for (const address of addresses.hops) {
      await page.context().clearCookies()
      await page.goto(address)
      await logIn(page, plan.password)
      await page.getByRole('button', { name: 'Allow' }).click()
      await there()
    }
    await page.context().clearCookies()
    await page.goto(addresses.hops.at(-1))
    await page.getByLabel('Name').fill(plan.name)
    await page.getByLabel('Password').fill(plan.password)
    await page.getByRole('button', { name: 'Log in', exact: true }).click()
    await there()
    return { titles, complaints: page.complaints }
  },

  /** Back from somebody else's login form, with a question at the first time and without one at the second. */
  async returned() {
    const page = await open(VIEWS.light)
    const titles = []
    let asked = 0
    for (const isNew of [true, false]) {
      await page.context().clearCookies()
      await page.goto(addresses.guest)
      await page.getByRole('button', { name: 'Log in with Example Git' }).click()
      await page.getByRole('button', { name: 'Sign in' }).click()
      if (isNew) {
        await page.getByRole('button', { name: 'Allow' }).click()
        asked += 1
      }
      await page.waitForURL(addresses.opener)
      titles.push(await page.title())
    }
    return { asked, titles, complaints: page.complaints }
  },

  /** An application that asks in a window of its own, and hears from it when that is over. */
  async popup() {
    const page = await open(VIEWS.light)
    await page.goto(addresses.opener)
    const opened = page.waitForEvent('popup')
    await page.evaluate((address) => {
      globalThis.heard = new Promise((resolve) => addEventListener('message', ({ data }) => resolve(data)))
      globalThis.popup = open(address)
    }, addresses.popup)
    const popup = await opened
    await popup.waitForLoadState()
    await logIn(popup, plan.password)
    const wasClosed = await page.evaluate(() => globalThis.popup.closed)
    await popup.getByRole('button', { name: 'Allow' }).click()
    await popup.waitForURL('https://app.example.com/told**')
    const isCut = await popup.evaluate(() => globalThis.opener === null)
    return { wasClosed, isCut, heard: isCut ? null : await page.evaluate(() => globalThis.heard) }
  },

  /** From the link to the application by the keyboard alone. */
  async keyboard() {
    const page = await open(VIEWS.light)
    const stops = async () => {
      const found = []
      for (;;) {
        await page.keyboard.press('Tab')
        const stop = await page.evaluate(() => {
          const at = document.activeElement
          if (!at || at === document.body) return null
          const name = at.labels?.[0]?.innerText ?? at.innerText
          const { outlineStyle, outlineWidth } = getComputedStyle(at)
          return { name, isMarked: outlineStyle !== 'none' && parseFloat(outlineWidth) >= 2 }
        })
        if (!stop || found.some(({ name }) => name === stop.name)) return found
        found.push(stop)
      }
    }
    const tabTo = async (name) => {
      const wanted = await page.evaluateHandle(
        (name) => [...document.querySelectorAll('input, button')].find((at) => (at.labels?.[0] ?? at).innerText === name),
        name,
      )
      for (let presses = 0; presses < 20; presses += 1) {
        if (await wanted.evaluate((wanted) => document.activeElement === wanted)) return
        await page.keyboard.press('Tab')
      }
      throw new Error(`no key leads to ${name}`)
    }
    await page.goto(addresses.editor)
    const login = await stops()
    await tabTo('Name')
    await page.keyboard.type(plan.name)
    await page.keyboard.press('Tab')
    await page.keyboard.type(plan.password)
    const asked = page.waitForEvent('load')
    await page.keyboard.press('Enter')
    await asked
    const consent = await stops()
    await tabTo('Allow')
    await page.keyboard.press('Space')
    await page.waitForURL((url) => addresses.callbacks.some((callback) => url.href.startsWith(callback)))
    return { login, consent, isBack: isBack(page) }
  },

  /** The same where no script runs. */
  async scriptless() {
    const page = await open({ ...VIEWS.light, javaScriptEnabled: false })
    await page.goto(addresses.editor)
    await logIn(page, plan.password)
    await allow(page)
    const wasBack = isBack(page)
    await page.goto(addresses.apps)
    await press(page, page.getByRole('button', { name: 'Take access away' }).first())
    return { isBack: wasBack, title: await page.title() }
  },

  /** Somebody else's page shows ours inside of it. */
  async framed() {
    const page = await open(VIEWS.light)
    await page.goto(addresses.framer)
    const frame = page.frames().find((frame) => frame !== page.mainFrame())
    return { url: frame.url(), shown: await frame.locator('input[name=password]').count() }
  },
}

const browser = await chromium.launch({
  executablePath: plan.browser,
  headless: true,
  args: [
    // A container has neither a sandbox for Chromium nor a graphics card, and nothing here looks for the internet.
    '--no-sandbox',
    '--disable-gpu',
    '--disable-quic',
    '--no-first-run',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
    `--host-resolver-rules=MAP *.example.com 127.0.0.1:${plan.port}`,
  ],
})
try {
  process.stdout.write(JSON.stringify(await walks[plan.walk]()))
} finally {
  await browser.close()
}
