// A program that starts an MCP server from its configuration file, as programs do it with the official TypeScript SDK.
//
//     node first-time.mjs PROGRAM FILE KEY TOOL JSON-ARGUMENTS
//
// FILE has, below KEY, one server that is a command. It gets the environment of the program itself and what its entry adds.
// Tells every message, what the server said on standard error, and what came of the tool.
import { readFileSync } from 'node:fs'
import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js'
import { ListRootsRequestSchema } from '@modelcontextprotocol/sdk/types.js'
import { errand, tell } from './errand.mjs'

const [, , program, file, key, tool, given] = process.argv
const KNOWN = ['type', 'command', 'args', 'env']

/** The one server of the file; whatever these programs would do with more than its command, nobody does here. */
function server() {
  const servers = JSON.parse(readFileSync(file, 'utf8'))[key]
  const [entry, ...others] = Object.values(servers)
  if (others.length) throw new Error(`${file} has several servers`)
  if ((entry.type ?? 'stdio') !== 'stdio') throw new Error(`${file} has a server that is no command`)
  const strange = Object.keys(entry).filter((field) => !KNOWN.includes(field))
  if (strange.length) throw new Error(`${file} has ${strange}`)
  const words = [entry.command, ...(entry.args ?? []), ...Object.values(entry.env ?? {})]
  if (words.some((word) => word.includes('${'))) throw new Error(`${file} has a variable`)
  return entry
}

const { command, args, env } = server()
const transport = new StdioClientTransport({ command, args, env: { ...process.env, ...env }, stderr: 'pipe' })
const messages = []
const send = transport.send.bind(transport)
transport.send = (message, options) => {
  messages.push({ sent: message })
  return send(message, options)
}
transport.onmessage = (message) => messages.push({ received: message })
let said = ''
transport.stderr.on('data', (bytes) => (said += bytes))

const client = new Client({ name: program, version: '1.0.0' }, { capabilities: { roots: {} } })
client.setRequestHandler(ListRootsRequestSchema, () => ({ roots: [] }))
await client.connect(transport).catch((error) => {
  throw new Error(`${error.message}: ${said}`)
})
const outcome = await errand(client, tool, JSON.parse(given))
await client.close()
tell({ ...outcome, messages, said })
