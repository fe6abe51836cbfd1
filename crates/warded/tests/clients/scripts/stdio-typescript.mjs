// The official TypeScript SDK, version 2, with `warded connect` as its stdio server.
//
//     node stdio-typescript.mjs TOOL JSON-ARGUMENTS COMMAND ARGUMENT...
import { Client } from '@modelcontextprotocol/client'
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio'
import { call, errand, tell } from './errand.mjs'

const [, , tool, given, command, ...args] = process.argv
const transport = new StdioClientTransport({ command, args, env: process.env, stderr: 'inherit' })
const client = new Client({ name: 'stdio-typescript', version: '1.0.0' }, { versionNegotiation: { mode: 'auto' } })
await client.connect(transport)
const outcome = await errand(client, tool, JSON.parse(given))
outcome.again = await call(client, tool, JSON.parse(given))
tell({ ...outcome, revision: client.getNegotiatedProtocolVersion() })
await client.close()
