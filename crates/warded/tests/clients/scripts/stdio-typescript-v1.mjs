// The official TypeScript SDK, version 1, with `warded connect` as its stdio server.
//
//     node stdio-typescript-v1.mjs TOOL JSON-ARGUMENTS COMMAND ARGUMENT...
import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js'
import { call, errand, tell } from './errand.mjs'

const [, , tool, given, command, ...args] = process.argv
const transport = new StdioClientTransport({ command, args, env: process.env, stderr: 'inherit' })
// This transport does not keep the revision, but is told of it.
let revision
transport.setProtocolVersion = (version) => (revision = version)
const client = new Client({ name: 'stdio-typescript-v1', version: '1.0.0' })
await client.connect(transport)
const outcome = await errand(client, tool, JSON.parse(given))
outcome.again = await call(client, tool, JSON.parse(given))
tell({ ...outcome, revision })
await client.close()
