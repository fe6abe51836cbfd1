// The official TypeScript SDK, version 1, at a guarded server.
//
//     TOKEN=... node typescript-v1.mjs URL
import { extractWWWAuthenticateParams } from '@modelcontextprotocol/sdk/client/auth.js'
import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import { doorkeeper, errand, refused, tell } from './errand.mjs'

const keeper = doorkeeper()
const client = new Client({ name: 'typescript-v1', version: '1.0.0' })
const requestInit = { headers: { Authorization: `Bearer ${process.env.TOKEN}` } }
const transport = new StreamableHTTPClientTransport(new URL(process.argv[2]), { requestInit, fetch: keeper.fetch })
let outcome
try {
  await client.connect(transport)
  outcome = { revision: transport.protocolVersion, ...(await errand(client)) }
  await client.close()
} catch (error) {
  if (!keeper.refusal) throw error
  outcome = refused(keeper, extractWWWAuthenticateParams)
}
tell('@modelcontextprotocol/sdk', outcome)
