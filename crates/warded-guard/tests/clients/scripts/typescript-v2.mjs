// The official TypeScript SDK, version 2, at a guarded server.
//
//     TOKEN=... node typescript-v2.mjs URL
import { Client, StreamableHTTPClientTransport, extractWWWAuthenticateParams } from '@modelcontextprotocol/client'
import { doorkeeper, errand, refused, tell } from './errand.mjs'

const keeper = doorkeeper()
const client = new Client({ name: 'typescript-v2', version: '1.0.0' }, { versionNegotiation: { mode: 'auto' } })
const requestInit = { headers: { Authorization: `Bearer ${process.env.TOKEN}` } }
const transport = new StreamableHTTPClientTransport(new URL(process.argv[2]), { requestInit, fetch: keeper.fetch })
let outcome
try {
  await client.connect(transport)
  outcome = { revision: client.getNegotiatedProtocolVersion(), ...(await errand(client)) }
  await client.close()
} catch (error) {
  if (!keeper.refusal) throw error
  outcome = refused(keeper, extractWWWAuthenticateParams)
}
tell('@modelcontextprotocol/client', outcome)
