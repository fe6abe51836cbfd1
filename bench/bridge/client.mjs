// The official SDK, once for each way to the server, in one process: whatever it costs itself, it costs all of them.
//
//     node client.mjs SDK-FOLDER URL CREDENTIAL BRIDGES
//
// BRIDGES is JSON: { name: [command, ...arguments] }. It reads a line for each measurement, `NAME calls COUNT` or
// `NAME streams COUNT`, and answers with a line of JSON. Times are in microseconds.
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { pathToFileURL } from 'node:url'

const [, , sdk, url, credential, bridges] = process.argv
const from = async (name) => import(pathToFileURL(createRequire(join(sdk, 'package.json')).resolve(`@modelcontextprotocol/sdk/client/${name}.js`)))
const { Client } = await from('index')
const { StdioClientTransport } = await from('stdio')
const { StreamableHTTPClientTransport } = await from('streamableHttp')
const say = (words) => process.stdout.write(`${JSON.stringify(words)}\n`)
const now = () => Number(process.hrtime.bigint()) / 1e3

async function connected(transport) {
  const client = new Client({ name: 'bench', version: '1' })
  const begin = now()
  await client.connect(transport, { timeout: 60_000 })
  await client.listTools()
  return { client, took: now() - begin, pid: transport.pid ?? null }
}

const ways = { direct: await connected(new StreamableHTTPClientTransport(new URL(url), { requestInit: { headers: { authorization: credential } } })) }
for (const [name, [command, ...args]] of Object.entries(JSON.parse(bridges))) {
  ways[name] = await connected(new StdioClientTransport({ command, args, env: process.env, stderr: 'inherit' }))
}
say(Object.fromEntries(Object.entries(ways).map(([name, { pid, took }]) => [name, { pid, ready_us: took }])))

const query = { query: 'harbour dues', limit: 3, filters: { year: 2026, kind: ['report', 'note'] }, cursor: null }
const measures = {
  /** From the call to its answer, one after the other. */
  async calls(client) {
    const begin = now()
    const result = await client.callTool({ name: 'answer', arguments: query })
    if (!result.content[0].text.startsWith('Three')) throw new Error('another answer')
    return now() - begin
  },
  /** From the call to the first thing that is said, while the answer itself takes 50 ms. */
  async streams(client) {
    let first = null
    const begin = now()
    await client.callTool({ name: 'stream', arguments: query }, undefined, { onprogress: () => { first ??= now() - begin } })
    if (first === null) throw new Error('nothing was said before the answer')
    return first
  },
}

for await (const line of createInterface({ input: process.stdin })) {
  const [name, what, count] = line.split(' ')
  const took = []
  for (let turn = 0; turn < Number(count); turn += 1) took.push(await measures[what](ways[name].client))
  took.sort((one, other) => one - other)
  say({ p50_us: took[Math.floor(took.length / 2)], p99_us: took[Math.floor(took.length * 0.99)], least_us: took[0] })
}
for (const { client } of Object.values(ways)) await client.close()
process.exit(0)
