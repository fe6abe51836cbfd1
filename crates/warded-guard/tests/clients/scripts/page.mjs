// A client in a real browser: what may a page send to a guarded server, and what may it read?
//
//     node page.mjs URL-OF-THE-PAGE URL-OF-THE-SERVER
//
// It reads a token on its input, and tells one JSON line without the token in it.
import { readFileSync } from 'node:fs'
import { chromium } from 'playwright-core'

const [, , page, server] = process.argv
const browser = await chromium.launch({ executablePath: process.env.WARDED_CHROMIUM, args: ['--no-sandbox'] })
try {
  const tab = await browser.newPage()
  await tab.goto(page)
  const told = await tab.evaluate(
    async ({ server, token }) => {
      const ask = async (headers) => {
        const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/list' })
        const given = { 'Content-Type': 'application/json', 'MCP-Protocol-Version': '2025-11-25', ...headers }
        try {
          const answer = await fetch(server, { method: 'POST', headers: given, body })
          const { result } = await answer.json()
          return {
            status: answer.status,
            challenge: answer.headers.get('WWW-Authenticate'),
            tools: result?.tools.map(({ name }) => name).sort() ?? null,
          }
        } catch {
          return 'the browser says nothing'
        }
      }
      return { without: await ask({}), with: await ask({ Authorization: `Bearer ${token}` }) }
    },
    { server, token: readFileSync(0, 'utf8') },
  )
  process.stdout.write(JSON.stringify(told) + '\n')
} finally {
  await browser.close()
}
