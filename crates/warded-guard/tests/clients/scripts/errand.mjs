// What every TypeScript client does at the servers that it visits, and how it tells.
//
// On its input is a JSON list of visits, each `{url, token, errand}`; it tells one line of JSON for each, without any
// token in it. An errand is `{calls: {TOOL: ARGUMENTS}}`, and where the server has such things also
// `progress: {tool, arguments, steps}`, `read: URI` and `prompt: {name, arguments}`.
import { readFileSync } from 'node:fs'

/** The header of a token; a server that asks for none gets none. */
export function bearer(token) {
  return token ? { headers: { Authorization: `Bearer ${token}` } } : {}
}

/** Does an errand; `call` is the SDK's way of calling a tool with options. */
export async function run(client, errand, callWith) {
  const call = async (name, given, options) => {
    const result = await callWith({ name, arguments: given }, options)
    if (result.isError) throw new Error(`the tool failed: ${JSON.stringify(result.content)}`)
    return texts(result.content)
  }
  const { tools } = await client.listTools()
  const outcome = { tools: tools.map(({ name }) => name).sort(), calls: {} }
  for (const [name, given] of Object.entries(errand.calls)) outcome.calls[name] = await call(name, given)
  if (errand.progress) {
    const heard = []
    const { tool, arguments: given } = errand.progress
    await call(tool, given, { onprogress: ({ progress }) => heard.push(progress) })
    outcome.progress = heard
  }
  if (errand.read) {
    outcome.resources = (await client.listResources()).resources.map(({ uri }) => uri).sort()
    outcome.read = texts((await client.readResource({ uri: errand.read })).contents)
  }
  if (errand.prompt) {
    outcome.prompts = (await client.listPrompts()).prompts.map(({ name }) => name).sort()
    outcome.prompt = texts((await client.getPrompt(errand.prompt)).messages.map(({ content }) => content))
  }
  return outcome
}

function texts(blocks) {
  return blocks.map(({ text }) => text).join('')
}

/** A `fetch` that keeps the answer that turned the client away, for the SDK's own reader of challenges. */
function doorkeeper() {
  const keeper = { refusal: undefined }
  keeper.fetch = async (url, init) => {
    const response = await fetch(url, init)
    if (response.status === 401 || response.status === 403) keeper.refusal ??= response.clone()
    return response
  }
  return keeper
}

/** Makes every visit; where it is turned away, tells what the SDK's own reader makes of the challenge. */
export async function visits(name, visit, extract) {
  const path = new URL(`node_modules/${name}/package.json`, import.meta.url)
  const { version } = JSON.parse(readFileSync(path, 'utf8'))
  for (const { url, token, errand } of JSON.parse(readFileSync(0, 'utf8'))) {
    const keeper = doorkeeper()
    let outcome
    try {
      outcome = await visit(new URL(url), token, errand, keeper.fetch)
    } catch (error) {
      if (!keeper.refusal) throw new Error(`at ${url}`, { cause: error })
      const { resourceMetadataUrl, scope, error: code } = extract(keeper.refusal)
      const challenge = {
        resource_metadata: resourceMetadataUrl?.href ?? null,
        scope: scope ?? null,
        error: code ?? null,
      }
      outcome = { status: keeper.refusal.status, challenge }
    }
    process.stdout.write(JSON.stringify({ client: `${name} ${version} (TypeScript)`, ...outcome }) + '\n')
  }
}
