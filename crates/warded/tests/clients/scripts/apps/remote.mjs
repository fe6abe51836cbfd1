// npm `mcp-remote`, a bridge that many people have in front of a server behind a login, driven by the official SDK.
//
//     node remote.mjs URL TOOL JSON-ARGUMENTS FOLDER-OF-MCP-REMOTE SDK-FOLDER [SCOPE]
//
// It runs the bridge three times: with nothing kept, with an access token that is no good any more, and with what was kept
// after `REVOKE` (a command, where there is one) has run. `BROWSER` is the person. It tells one line of JSON.
import { execSync } from 'node:child_process'
import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

const [, , url, tool, given, bridge, sdk, scope] = process.argv
const from = async (name) => import(pathToFileURL(createRequire(join(sdk, 'package.json')).resolve(name)))
const { Client } = await from('@modelcontextprotocol/sdk/client/index.js')
const { StdioClientTransport } = await from('@modelcontextprotocol/sdk/client/stdio.js')
const { version } = JSON.parse(readFileSync(join(bridge, 'package.json')))
const kept = join(process.cwd(), 'kept-by-mcp-remote')

// Where a tool needs more, it asks for the same again: it has to be told beforehand.
const told = scope ? ['--static-oauth-client-metadata', JSON.stringify({ scope })] : []

/** Everything that the bridge is used for, once. */
async function use() {
  const transport = new StdioClientTransport({
    command: process.execPath,
    args: [join(bridge, 'dist/proxy.js'), url, '--auth-timeout', '120', ...told],
    env: { ...process.env, MCP_REMOTE_CONFIG_DIR: kept },
    stderr: 'inherit',
  })
  const client = new Client({ name: 'remote', version: '1.0.0' })
  await client.connect(transport, { timeout: 120_000 })
  const { tools } = await client.listTools()
  const result = await client.callTool({ name: tool, arguments: JSON.parse(given) }, undefined, { timeout: 120_000 })
  await client.close()
  if (result.isError) throw new Error(`the tool failed: ${JSON.stringify(result.content)}`)
  return { tools: tools.map(({ name }) => name).sort(), call: result.content.map(({ text }) => text).join('') }
}

/** The file with the tokens. */
function tokens() {
  for (const folder of readdirSync(kept, { recursive: true })) {
    if (folder.endsWith('_tokens.json')) return join(kept, folder)
  }
  throw new Error(`no tokens in ${readdirSync(kept, { recursive: true })}`)
}

const outcome = { client: `mcp-remote ${version}`, ...(await use()) }
const before = JSON.parse(readFileSync(tokens()))
outcome.scopes = before.scope
// As time would make it.
const access_token = before.access_token.slice(0, -8) + 'AAAAAAAA'
writeFileSync(tokens(), JSON.stringify({ ...before, access_token }))
outcome.again = (await use()).call
const after = JSON.parse(readFileSync(tokens()))
outcome.refreshed = after.refresh_token !== before.refresh_token
if (process.env.REVOKE) {
  // The person takes its access away.
  execSync(process.env.REVOKE, { stdio: 'inherit' })
  outcome.after_revocation = (await use()).call
  outcome.is_new = JSON.parse(readFileSync(tokens())).refresh_token !== after.refresh_token
}
process.stdout.write(JSON.stringify(outcome) + '\n')
