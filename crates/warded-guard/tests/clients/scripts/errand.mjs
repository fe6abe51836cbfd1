// What every TypeScript client does at the server, and how it tells: one JSON line, without any token in it.
import { readFileSync } from 'node:fs'

const given = { whoami: {}, note: { text: 'tea' } }

/** Lists the tools and calls each of them. */
export async function errand(client) {
  const { tools } = await client.listTools()
  const calls = {}
  for (const name of Object.keys(given)) {
    const result = await client.callTool({ name, arguments: given[name] })
    if (result.isError) throw new Error(`the tool failed: ${JSON.stringify(result.content)}`)
    calls[name] = result.content.map(({ text }) => text).join('')
  }
  return { tools: tools.map(({ name }) => name).sort(), calls }
}

/** A `fetch` that keeps the answer that turned the client away, for the SDK's own reader of challenges. */
export function doorkeeper() {
  const keeper = { refusal: undefined }
  keeper.fetch = async (url, init) => {
    const response = await fetch(url, init)
    if (response.status === 401 || response.status === 403) keeper.refusal ??= response.clone()
    return response
  }
  return keeper
}

/** What the SDK's own reader makes of the challenge. */
export function refused(keeper, extract) {
  const { resourceMetadataUrl, scope, error } = extract(keeper.refusal)
  const challenge = { resource_metadata: resourceMetadataUrl?.href ?? null, scope: scope ?? null, error: error ?? null }
  return { status: keeper.refusal.status, challenge }
}

export function tell(name, outcome) {
  const path = new URL(`node_modules/${name}/package.json`, import.meta.url)
  const { version } = JSON.parse(readFileSync(path, 'utf8'))
  process.stdout.write(JSON.stringify({ client: `${name} ${version} (TypeScript)`, ...outcome }) + '\n')
}
