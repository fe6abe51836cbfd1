// The official TypeScript SDK, version 2, in a scenario of the conformance suite, with `warded connect` as its stdio server.
//
//     node typescript-v2.mjs COMMAND ARGUMENT...
import { Client } from '@modelcontextprotocol/client'
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio'
import { callEverything } from './everything.mjs'

const [, , command, ...args] = process.argv
const transport = new StdioClientTransport({ command, args, env: process.env, stderr: 'inherit' })
const client = new Client({ name: 'scenario-typescript-v2', version: '1.0.0' }, { versionNegotiation: { mode: 'auto' } })
await client.connect(transport)
await callEverything(client)
