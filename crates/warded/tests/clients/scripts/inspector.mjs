// The command line of the MCP Inspector at servers that want a token: one run of it for each request.
//
//     node inspector.mjs FOLDER-OF-ITS-PACKAGE
//
// On its input is a JSON list of visits, each `{url, token, errand}`; it tells one line of JSON for each, without any
// token in it. An errand is `{calls: {TOOL: ARGUMENTS}}`, and where the server has such things also `read: URI` and
// `prompt: {name, arguments}`. The Inspector shows no progress.
import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

const home = join(process.argv[2], 'node_modules/@modelcontextprotocol/inspector')
const { version } = JSON.parse(readFileSync(join(home, 'package.json'), 'utf8'))

/** What one request answers; or what the Inspector says where it is turned away. */
function ask({ url, token }, method, ...more) {
  const header = token ? ['--header', `Authorization: Bearer ${token}`] : []
  const words = ['--cli', '--server-url', url, '--transport', 'http', '--protocol-era', 'auto', ...header]
  // Nobody is here to log in.
  words.push('--stored-auth-only', '--format', 'json', '--quiet', '--method', method, ...more)
  const launcher = join(home, 'clients/launcher/build/index.js')
  return new Promise((resolve) => {
    const child = execFile(process.execPath, [launcher, ...words], (error, answer, complaint) => {
      resolve(error ? { complaint: `${answer}${complaint}` } : JSON.parse(answer).result)
    })
    child.stdin.end()
  })
}

function texts(blocks) {
  return blocks.map(({ text }) => text).join('')
}

async function run(given) {
  const { errand } = given
  const request = async (...words) => {
    const result = await ask(given, ...words)
    if (result.complaint) throw new Error(`at ${given.url}: ${words}: ${result.complaint}`)
    return result
  }
  const calls = Object.entries(errand.calls).map(async ([name, taken]) => {
    const { content } = await request('tools/call', '--tool-name', name, '--tool-args-json', JSON.stringify(taken))
    return [name, texts(content)]
  })
  const [{ tools }, called] = await Promise.all([request('tools/list'), Promise.all(calls)])
  const outcome = { tools: tools.map(({ name }) => name).sort(), calls: Object.fromEntries(called) }
  if (errand.read) {
    const words = ['--uri', errand.read]
    const [listed, read] = await Promise.all([request('resources/list'), request('resources/read', ...words)])
    outcome.resources = listed.resources.map(({ uri }) => uri).sort()
    outcome.read = texts(read.contents)
  }
  if (errand.prompt) {
    const pairs = Object.entries(errand.prompt.arguments).map(([key, value]) => `${key}=${value}`)
    const words = ['--prompt-name', errand.prompt.name, '--prompt-args', ...pairs]
    const [listed, got] = await Promise.all([request('prompts/list'), request('prompts/get', ...words)])
    outcome.prompts = listed.prompts.map(({ name }) => name).sort()
    outcome.prompt = texts(got.messages.map(({ content }) => content))
  }
  return outcome
}

for (const given of JSON.parse(readFileSync(0, 'utf8'))) {
  // Who has nothing to do there is to be turned away.
  const isTurnedAway = Object.keys(given.errand.calls).length === 0
  const outcome = isTurnedAway ? await ask(given, 'tools/list') : await run(given)
  console.log(JSON.stringify({ client: `@modelcontextprotocol/inspector ${version} (CLI)`, ...outcome }))
}
