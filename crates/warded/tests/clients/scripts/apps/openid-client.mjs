// npm `openid-client`, as an application uses it, with its strictest checks, at an issuer.
//
//     node openid-client.mjs SERVER OTHER-SERVER ISSUER MACHINE-ID MACHINE-SECRET
//
// Nothing but `allowInsecureRequests` is relaxed. It tells one line of JSON: what was accepted, in order.
import { readFileSync } from 'node:fs'
import * as client from 'openid-client'
import { Callback } from './person.mjs'

const [, , server, , issuer, machineId, machineSecret] = process.argv
const { version } = JSON.parse(readFileSync(new URL('./node_modules/openid-client/package.json', import.meta.url)))
const plain = { execute: [client.allowInsecureRequests] }
const accepted = []
const accept = (what, value) => {
  accepted.push(what)
  return value
}

const callback = await Callback.open()
const metadata = {
  client_name: 'openid-client',
  redirect_uris: [callback.url],
  grant_types: ['authorization_code', 'refresh_token'],
  response_types: ['code'],
  token_endpoint_auth_method: 'none',
  application_type: 'native',
}
const config = await client.dynamicClientRegistration(new URL(issuer), metadata, client.None(), {
  ...plain,
  algorithm: 'oauth2',
})
accept('discovery and a registration')

const verifier = client.randomPKCECodeVerifier()
const state = client.randomState()
const address = client.buildAuthorizationUrl(config, {
  redirect_uri: callback.url,
  code_challenge: await client.calculatePKCECodeChallenge(verifier),
  code_challenge_method: 'S256',
  state,
  resource: server,
})
const returned = await callback.visit(address)
const first = await client.authorizationCodeGrant(
  config,
  returned,
  { pkceCodeVerifier: verifier, expectedState: state },
  { resource: server },
)
accept('an authorization response, and an answer to its code')
const second = accept('an answer to a refresh', await client.refreshTokenGrant(config, first.refresh_token))
const response = await client.fetchProtectedResource(
  config,
  second.access_token,
  new URL(server),
  'POST',
  JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/list', params: {} }),
  new Headers({ 'content-type': 'application/json', accept: 'application/json, text/event-stream' }),
)
if (response.status === 401 || response.status === 403) throw new Error(`the server answers ${response.status}`)
accept('the server lets its token in')
if (config.serverMetadata().revocation_endpoint) {
  await client.tokenRevocation(config, second.refresh_token)
  accept('an answer to a revocation')
  const refused = await client.refreshTokenGrant(config, second.refresh_token).catch((error) => error)
  if (refused.error !== 'invalid_grant') throw new Error(`a revoked token: ${refused}`)
  accept('a refresh after the revocation: invalid_grant')
}

const machine = await client.discovery(new URL(issuer), machineId, undefined, client.ClientSecretBasic(machineSecret), {
  ...plain,
  algorithm: 'oauth2',
})
await client.clientCredentialsGrant(machine, { resource: server })
accept('an answer to client credentials')

callback.close()
process.stdout.write(JSON.stringify({ library: `openid-client ${version}`, accepted }) + '\n')
