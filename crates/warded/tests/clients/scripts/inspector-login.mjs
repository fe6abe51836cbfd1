// The command line of the MCP Inspector at a server behind a login: it opens the browser itself, and keeps what it gets.
//
//     node inspector-login.mjs FOLDER-OF-ITS-PACKAGE URL TOOL JSON-ARGUMENTS
//
// `BROWSER` is the person. One run of it for each request; it tells one line of JSON, without any token in it.
import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { takenAway, tell } from './errand.mjs'

const [, , packages, url, tool, given] = process.argv
const home = join(packages, 'node_modules/@modelcontextprotocol/inspector')
const { version } = JSON.parse(readFileSync(join(home, 'package.json'), 'utf8'))
const kept = mkdtempSync(join(process.cwd(), 'inspector-'))

/** What one request answers. */
function ask(method, ...more) {
  const words = ['--cli', '--server-url', url, '--transport', 'http', '--format', 'json', '--quiet', '--method', method]
  const launcher = join(home, 'clients/launcher/build/index.js')
  const env = { ...process.env, HOME: kept, MCP_INSPECTOR_SECRET_STORE: 'file', MCP_AUTO_OPEN_ENABLED: 'true' }
  delete env.XDG_STATE_HOME
  return new Promise((resolve, reject) => {
    const child = execFile(process.execPath, [launcher, ...words, ...more], { env }, (error, answer, complaint) => {
      if (error) return reject(new Error(`${method}: ${answer}${complaint}`))
      resolve(JSON.parse(answer.slice(answer.indexOf('{"result"'))).result)
    })
    child.stdin.end()
  })
}

async function call() {
  const { content } = await ask('tools/call', '--tool-name', tool, '--tool-args-json', given)
  return content.map(({ text }) => text).join('')
}

const secrets = join(kept, '.mcp-inspector/secrets.json')

/** The tokens that it keeps; `change` makes others of them. */
function tokens(change = (tokens) => tokens) {
  const file = JSON.parse(readFileSync(secrets))
  const [name] = Object.keys(file.secrets).filter((name) => name.includes(':tokens:'))
  const held = JSON.parse(file.secrets[name])
  file.secrets[name] = JSON.stringify(change(held))
  writeFileSync(secrets, JSON.stringify(file))
  return held
}

const { tools } = await ask('tools/list')
const outcome = { client: `@modelcontextprotocol/inspector ${version} (CLI)`, tools: tools.map(({ name }) => name).sort() }
outcome.call = await call()
// As time would make it.
const before = tokens((held) => ({ ...held, access_token: held.access_token.slice(0, -8) + 'AAAAAAAA' }))
outcome.again = await call()
const after = tokens()
outcome.scopes = before.scope
outcome.refreshed = before.refresh_token !== after.refresh_token
if (await takenAway()) {
  await ask('tools/list')
  outcome.after_revocation = await call()
}
tell(outcome)
