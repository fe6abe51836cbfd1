// The official TypeScript SDK, version 2, at servers that want a token.
import { Client, StreamableHTTPClientTransport, extractWWWAuthenticateParams } from '@modelcontextprotocol/client'
import { bearer, run, visits } from './errand.mjs'

async function visit(url, token, errand, fetch) {
  const client = new Client({ name: 'typescript-v2', version: '1.0.0' }, { versionNegotiation: { mode: 'auto' } })
  await client.connect(new StreamableHTTPClientTransport(url, { requestInit: bearer(token), fetch }))
  const call = (params, options) => client.callTool(params, options)
  const outcome = { revision: client.getNegotiatedProtocolVersion(), ...(await run(client, errand, call)) }
  await client.close()
  return outcome
}

await visits('@modelcontextprotocol/client', visit, extractWWWAuthenticateParams)
