// npm `oauth4webapi`, which refuses every response that is not as its RFC says, at an issuer.
//
//     node oauth4webapi.mjs SERVER OTHER-SERVER ISSUER MACHINE-ID MACHINE-SECRET
//
// It discovers from the server, registers, sends a person to log in, redeems, refreshes, binds to a key, revokes, and acts
// as a program in its own name. Nothing but `allowInsecureRequests` is relaxed: everything here is on loopback. It tells one
// line of JSON: what was accepted, in order, without any token in it.
import { readFileSync } from 'node:fs'
import * as oauth from 'oauth4webapi'
import { Callback } from './person.mjs'

const [, , server, another, expected, machineId, machineSecret] = process.argv
const { version } = JSON.parse(readFileSync(new URL('./node_modules/oauth4webapi/package.json', import.meta.url)))
const plain = { [oauth.allowInsecureRequests]: true }
const accepted = []
const accept = (what, value) => {
  accepted.push(what)
  return value
}

/** What must be refused, and with which error. */
async function refused(what, error, attempt) {
  try {
    await attempt()
  } catch (caught) {
    if (caught instanceof oauth.ResponseBodyError && caught.error === error) return accept(`${what}: ${error}`)
    throw caught
  }
  throw new Error(`${what} was not refused`)
}

// From the server to its issuer (RFC 9728, RFC 8414).
const resource = await oauth.processResourceDiscoveryResponse(
  new URL(server),
  await oauth.resourceDiscoveryRequest(new URL(server), plain),
)
accept('the metadata of the server')
if (resource.authorization_servers[0] !== expected) throw new Error(`another issuer: ${resource.authorization_servers}`)
const issuer = new URL(expected)
const as = await oauth.processDiscoveryResponse(
  issuer,
  await oauth.discoveryRequest(issuer, { ...plain, algorithm: 'oauth2' }),
)
accept('the metadata of the issuer (RFC 8414)')
await oauth.processDiscoveryResponse(issuer, await oauth.discoveryRequest(issuer, { ...plain, algorithm: 'oidc' }))
accept('the metadata of the issuer (OpenID Connect Discovery)')

const callback = await Callback.open()
const client = await oauth.processDynamicClientRegistrationResponse(
  await oauth.dynamicClientRegistrationRequest(
    as,
    {
      client_name: 'oauth4webapi',
      redirect_uris: [callback.url],
      grant_types: ['authorization_code', 'refresh_token'],
      response_types: ['code'],
      token_endpoint_auth_method: 'none',
      application_type: 'native',
    },
    plain,
  ),
)
accept('a registration (RFC 7591)')
const nobody = oauth.None()

/** A code for the server, and what is needed to redeem it. */
async function code(more = {}) {
  const verifier = oauth.generateRandomCodeVerifier()
  const state = oauth.generateRandomState()
  const address = new URL(as.authorization_endpoint)
  const asked = {
    client_id: client.client_id,
    redirect_uri: callback.url,
    response_type: 'code',
    code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
    state,
    resource: server,
    ...more,
  }
  for (const [name, value] of Object.entries(asked)) address.searchParams.set(name, value)
  // RFC 9207: `iss` must be there, since the metadata says so, and must be the issuer's.
  const parameters = oauth.validateAuthResponse(as, client, await callback.visit(address), state)
  return { parameters, verifier }
}

async function redeem({ parameters, verifier }, options = {}, more = {}) {
  const response = await oauth.authorizationCodeGrantRequest(
    as,
    client,
    nobody,
    parameters,
    callback.url,
    verifier,
    { ...plain, ...options, additionalParameters: { resource: server, ...more } },
  )
  return oauth.processAuthorizationCodeResponse(as, client, response)
}

async function refresh(token, options = {}, more = {}) {
  const given = { ...plain, ...options, additionalParameters: more }
  const response = await oauth.refreshTokenGrantRequest(as, client, nobody, token, given)
  return oauth.processRefreshTokenResponse(as, client, response)
}

/** An access token as RFC 9068 wants it, for exactly this audience. */
async function judged(token, type = 'Bearer', options = {}) {
  const request = new Request(server, { headers: { authorization: `${type} ${token}`, ...options.headers } })
  const claims = await oauth.validateJwtAccessToken(as, request, server, { ...plain, ...options.checks })
  if (claims.aud !== server) throw new Error(`its audience is ${JSON.stringify(claims.aud)}`)
  return claims
}

const asked = await code()
accept('an authorization response with `iss` (RFC 9207)')
await refused('a code for another server', 'invalid_target', () => redeem(asked, {}, { resource: another }))
await refused('a code with another verifier', 'invalid_grant', () => {
  return redeem({ ...asked, verifier: oauth.generateRandomCodeVerifier() })
})
const first = accept('an answer to a code', await redeem(asked))
await judged(first.access_token)
accept('an access token (RFC 9068)')
const second = accept('an answer to a refresh', await refresh(first.refresh_token))
await judged(second.access_token)
await refused('a refresh for another server', 'invalid_target', () => {
  return refresh(second.refresh_token, {}, { resource: another })
})
await refused('a refresh for more', 'invalid_scope', () => refresh(second.refresh_token, {}, { scope: 'everything' }))
const third = accept('an answer to the next refresh', await refresh(second.refresh_token))

if (as.revocation_endpoint) {
  const revoke = async (token) => {
    await oauth.processRevocationResponse(await oauth.revocationRequest(as, client, nobody, token, plain))
  }
  await revoke('a token that nobody has')
  accept('an answer to the revocation of nothing (RFC 7009)')
  await revoke(third.refresh_token)
  accept('an answer to a revocation (RFC 7009)')
  await refused('a refresh after the revocation', 'invalid_grant', () => refresh(third.refresh_token))
}
await refused('a refresh token that was used', 'invalid_grant', () => refresh(first.refresh_token))

if (as.dpop_signing_alg_values_supported) {
  const key = await oauth.generateKeyPair('ES256')
  const handle = oauth.DPoP(client, key)
  const bound = await code()
  // The issuer may want its nonce first: the handle remembers it, and the code is not burned.
  const attempt = () => redeem(bound, { DPoP: handle })
  const answer = await attempt().catch((error) => {
    if (!oauth.isDPoPNonceError(error)) throw error
    accept('a challenge for a nonce (RFC 9449)')
    return attempt()
  })
  if (answer.token_type !== 'dpop') throw new Error(`its type is ${answer.token_type}`)
  accept('an answer to a code with a proof (RFC 9449)')
  const again = () => refresh(answer.refresh_token, { DPoP: handle })
  const next = await again().catch((error) => {
    if (!oauth.isDPoPNonceError(error)) throw error
    return again()
  })
  accept('an answer to a refresh with a proof')
  await refused('a refresh without its proof', 'invalid_dpop_proof', () => refresh(next.refresh_token)).catch((error) => {
    // RFC 9449 §5 names no error for a proof that is missing.
    if (error.error !== 'invalid_grant' && error.error !== 'invalid_request') throw error
    accept(`a refresh without its proof: ${error.error}`)
  })
}

// A program in its own name, by either way of showing a secret.
const machine = { client_id: machineId }
for (const [way, shown] of [
  ['client_secret_basic', oauth.ClientSecretBasic(machineSecret)],
  ['client_secret_post', oauth.ClientSecretPost(machineSecret)],
]) {
  const response = await oauth.clientCredentialsGrantRequest(as, machine, shown, { resource: server }, plain)
  const answer = await oauth.processClientCredentialsResponse(as, machine, response)
  await judged(answer.access_token)
  accept(`an answer to client credentials, ${way}`)
}
await refused('a wrong secret', 'invalid_client', async () => {
  const shown = oauth.ClientSecretPost('a wrong secret')
  const response = await oauth.clientCredentialsGrantRequest(as, machine, shown, { resource: server }, plain)
  await oauth.processClientCredentialsResponse(as, machine, response)
})

callback.close()
process.stdout.write(JSON.stringify({ library: `oauth4webapi ${version}`, accepted }) + '\n')
