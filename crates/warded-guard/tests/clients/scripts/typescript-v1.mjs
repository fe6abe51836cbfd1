// The official TypeScript SDK, version 1, at servers that want a token.
import { extractWWWAuthenticateParams } from '@modelcontextprotocol/sdk/client/auth.js'
import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import { bearer, run, visits } from './errand.mjs'

async function visit(url, token, errand, fetch) {
  const client = new Client({ name: 'typescript-v1', version: '1.0.0' })
  const transport = new StreamableHTTPClientTransport(url, { requestInit: bearer(token), fetch })
  await client.connect(transport)
  const call = (params, options) => client.callTool(params, undefined, options)
  const outcome = { revision: transport.protocolVersion, ...(await run(client, errand, call)) }
  await client.close()
  return outcome
}

await visits('@modelcontextprotocol/sdk', visit, extractWWWAuthenticateParams)
