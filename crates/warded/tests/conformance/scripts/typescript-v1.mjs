// The official TypeScript SDK, version 1, in a scenario of the conformance suite, with `warded connect` as its stdio server.
//
//     node typescript-v1.mjs COMMAND ARGUMENT...
import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js'
import { callEverything } from './everything.mjs'

const [, , command, ...args] = process.argv
const transport = new StdioClientTransport({ command, args, env: process.env, stderr: 'inherit' })
const client = new Client({ name: 'scenario-typescript-v1', version: '1.0.0' })
await client.connect(transport)
await callEverything(client)
