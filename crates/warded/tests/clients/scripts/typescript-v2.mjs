// The official TypeScript SDK, version 2, at a protected server.
//
//     node typescript-v2.mjs URL TOOL JSON-ARGUMENTS
import { Client, StreamableHTTPClientTransport, UnauthorizedError } from '@modelcontextprotocol/client'
import { Account } from './account.mjs'
import { call, errand, takenAway, tell } from './errand.mjs'

const [, , url, tool, given] = process.argv
const account = await Account.open('TypeScript SDK v2', 'none')
const connected = () => {
  const client = new Client({ name: 'typescript-v2', version: '1.0.0' }, { versionNegotiation: { mode: 'auto' } })
  const transport = new StreamableHTTPClientTransport(new URL(url), { authProvider: account })
  return { client, transport, done: client.connect(transport) }
}

const first = connected()
const asked = await first.done.then(
  () => false,
  (error) => {
    if (error instanceof UnauthorizedError) return true
    throw error
  },
)
if (!asked) throw new Error('the server let us in without a token')
// The SDK reads `code` and `iss` itself, and compares the latter (RFC 9207).
await first.transport.finishAuth(await account.returned())

const { client, transport, done } = connected()
await done
const outcome = await errand(client, tool, JSON.parse(given))
const before = account.tokens()
account.expire()
outcome.again = await call(client, tool, JSON.parse(given))
const after = account.tokens()
const revision = client.getNegotiatedProtocolVersion()
await transport.terminateSession()
await client.close()
// Its stream of events would notice, too, and send the person to the same page at the same time.
if (await takenAway()) {
  const again = connected()
  await again.done.then(
    () => {
      throw new Error('what was taken away still works')
    },
    (error) => {
      if (!(error instanceof UnauthorizedError)) throw error
    },
  )
  await again.transport.finishAuth(await account.returned())
  const last = connected()
  await last.done
  outcome.after_revocation = await call(last.client, tool, JSON.parse(given))
  await last.client.close()
}
tell({
  ...outcome,
  revision,
  scopes: before.scope,
  lifetime: before.expires_in,
  refreshed: before.access_token !== after.access_token && before.refresh_token !== after.refresh_token,
  visits: account.visits,
})
await account.close()
