// An OpenID provider that nobody of us wrote: the npm package `oidc-provider`, for people.
//
//     node provider.mjs JSON
//
// The JSON has `redirect_uri`, the people's passwords by name (`people`), the `alg` of ID tokens, and what it does with
// `resource`: `ignore`, as most do, or `reject`, as Entra does. When it is ready it prints one JSON line: its issuer and
// the client's secret. It ends with its standard input, so that it does not outlive who started it.
import { generateKeyPairSync, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { Provider, errors } from 'oidc-provider'

const { redirect_uri, people, alg, resource } = JSON.parse(process.argv[2])

const server = createServer()
server.listen(0, '127.0.0.1')
await once(server, 'listening')
const issuer = `http://127.0.0.1:${server.address().port}`

const privateJwk = (type, options) => generateKeyPairSync(type, options).privateKey.export({ format: 'jwk' })
const client_secret = randomBytes(24).toString('base64url')
const rejects = {
  enabled: true,
  getResourceServerInfo() {
    throw new errors.InvalidTarget()
  },
}

const provider = new Provider(issuer, {
  jwks: {
    keys: [
      privateJwk('rsa', { modulusLength: 2048 }),
      privateJwk('ec', { namedCurve: 'P-256' }),
      privateJwk('ed25519'),
    ],
  },
  enabledJWA: { idTokenSigningAlgValues: ['RS256', 'PS256', 'ES256', 'EdDSA'] },
  cookies: { keys: [randomBytes(24).toString('base64url')] },
  claims: { openid: ['sub'], email: ['email', 'email_verified'], profile: ['preferred_username'] },
  // As most have it: what an ID token does not say, userinfo does.
  conformIdTokenClaims: resource === 'reject',
  findAccount: (_, id) => ({
    accountId: id,
    claims: () => ({ sub: id, preferred_username: id, email: `${id}@example.com`, email_verified: id === 'grace' }),
  }),
  clients: [
    {
      client_id: 'warded',
      client_secret,
      redirect_uris: [redirect_uri],
      response_types: ['code'],
      grant_types: ['authorization_code'],
      id_token_signed_response_alg: alg,
    },
  ],
  pkce: { required: () => true },
  interactions: { url: (_, interaction) => `/interaction/${interaction.uid}` },
  features: {
    devInteractions: { enabled: false },
    resourceIndicators: resource === 'reject' ? rejects : { enabled: false },
  },
})

const form = (fields) => `<!doctype html><form method="post">${fields}<button type="submit">Go on</button></form>`

async function interaction(request, response) {
  const { prompt, params, session } = await provider.interactionDetails(request, response)
  if (request.method === 'GET') {
    response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' })
    return response.end(form(prompt.name === 'login' ? '<input name="username"><input name="password">' : ''))
  }
  const chunks = []
  for await (const chunk of request) chunks.push(chunk)
  const said = new URLSearchParams(Buffer.concat(chunks).toString())
  let result = { error: 'access_denied' }
  if (prompt.name === 'login' && people[said.get('username')] === said.get('password')) {
    result = { login: { accountId: said.get('username') } }
  }
  if (prompt.name === 'consent') {
    const grant = new provider.Grant({ accountId: session.accountId, clientId: params.client_id })
    grant.addOIDCScope('openid email profile')
    result = { consent: { grantId: await grant.save() } }
  }
  return provider.interactionFinished(request, response, result, { mergeWithLastSubmission: true })
}

const callback = provider.callback()
server.on('request', (request, response) => {
  if (!request.url.startsWith('/interaction/')) return callback(request, response)
  interaction(request, response).catch((error) => response.writeHead(500).end(`${error.name}: ${error.message}`))
})
provider.on('server_error', (_, error) => process.stderr.write(`${error.stack}\n`))

process.stdout.write(JSON.stringify({ issuer, client_secret }) + '\n')
process.stdin.resume().on('end', () => process.exit())
