// An authorization server that nobody of us wrote: the npm package `oidc-provider`, with resource indicators.
//
//     node issuer.mjs JSON
//
// The JSON names `resources` (each an identifier) and `scopes`; `person` and `password` say who may log in. Tokens are JWTs,
// or what `format` says (`opaque`); `clients` are further ones, as their registration would say. When it is ready it prints one JSON line: its issuer, and a client with a secret that may ask for tokens on its own behalf.
// It ends with its standard input, so that it does not outlive who started it.
import { generateKeyPairSync, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { Provider, errors } from 'oidc-provider'

const { resources, scopes, person, password, format = 'jwt', clients = [] } = JSON.parse(process.argv[2])

const server = createServer()
server.listen(0, '127.0.0.1')
await once(server, 'listening')
const issuer = `http://127.0.0.1:${server.address().port}`

const privateJwk = (type, options) => generateKeyPairSync(type, options).privateKey.export({ format: 'jwk' })
const machine = { client_id: 'machine', client_secret: randomBytes(24).toString('base64url') }

const provider = new Provider(issuer, {
  jwks: { keys: [privateJwk('ec', { namedCurve: 'P-256' }), privateJwk('rsa', { modulusLength: 2048 })] },
  cookies: { keys: [randomBytes(24).toString('base64url')] },
  scopes: ['openid', 'offline_access', ...scopes],
  findAccount: (_, id) => ({ accountId: id, claims: () => ({ sub: id }) }),
  clients: [machine, ...clients].map((client) => {
    return { grant_types: ['client_credentials'], redirect_uris: [], response_types: [], ...client }
  }),
  // Who registers for refresh tokens gets them.
  issueRefreshToken: (_, client) => client.grantTypeAllowed('refresh_token'),
  rotateRefreshToken: true,
  pkce: { required: () => true },
  interactions: { url: (_, interaction) => `/interaction/${interaction.uid}` },
  renderError: (context, { error, error_description }) => {
    context.type = 'text'
    context.body = `${error}: ${error_description}`
  },
  ttl: { AccessToken: 600, ClientCredentials: 600, Grant: 3600, Interaction: 600, RefreshToken: 3600, Session: 3600 },
  features: {
    devInteractions: { enabled: false },
    clientCredentials: { enabled: true },
    registration: { enabled: true },
    introspection: { enabled: true },
    revocation: { enabled: true },
    resourceIndicators: {
      enabled: true,
      defaultResource: (_, __, oneOf) => oneOf ?? [],
      useGrantedResource: () => true,
      getResourceServerInfo(_, resource) {
        if (!resources.includes(resource)) throw new errors.InvalidTarget()
        return {
          scope: scopes.join(' '),
          audience: resource,
          accessTokenFormat: format,
          accessTokenTTL: 600,
          jwt: { sign: { alg: 'ES256' } },
        }
      },
    },
  },
})

const escaped = (text) => String(text).replaceAll(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)

function page(response, body) {
  response.writeHead(200, { 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-store' })
  response.end(`<!doctype html><title>oidc-provider</title>${body}`)
}

function login(response) {
  page(
    response,
    `<form method="post"><input name="username"><input name="password" type="password"><button type="submit">Log in</button></form>`,
  )
}

function consent(response, { params }, client) {
  page(
    response,
    `<p>${escaped(client.clientName)} wants ${escaped(params.scope)} at ${escaped(params.resource)}.</p>
     <form method="post"><button name="decision" value="allow">Allow</button><button name="decision" value="deny">Deny</button></form>`,
  )
}

async function granted({ params, session, prompt }) {
  const grant = new provider.Grant({ accountId: session.accountId, clientId: params.client_id })
  if (prompt.details.missingOIDCScope) grant.addOIDCScope(prompt.details.missingOIDCScope.join(' '))
  for (const [resource, missing] of Object.entries(prompt.details.missingResourceScopes ?? {})) {
    grant.addResourceScope(resource, missing.join(' '))
  }
  return { consent: { grantId: await grant.save() } }
}

async function decided(request, details) {
  const chunks = []
  for await (const chunk of request) chunks.push(chunk)
  const form = new URLSearchParams(Buffer.concat(chunks).toString())
  if (details.prompt.name === 'login') {
    const known = form.get('username') === person && form.get('password') === password
    return known ? { login: { accountId: person } } : { error: 'access_denied' }
  }
  return form.get('decision') === 'allow' ? granted(details) : { error: 'access_denied' }
}

async function interaction(request, response) {
  const details = await provider.interactionDetails(request, response)
  if (request.method === 'POST') {
    const result = await decided(request, details)
    return provider.interactionFinished(request, response, result, { mergeWithLastSubmission: true })
  }
  if (details.prompt.name === 'login') return login(response)
  return consent(response, details, await provider.Client.find(details.params.client_id))
}

const callback = provider.callback()
server.on('request', (request, response) => {
  if (!request.url.startsWith('/interaction/')) return callback(request, response)
  interaction(request, response).catch((error) => response.writeHead(500).end(`${error.name}: ${error.message}`))
})
provider.on('server_error', (_, error) => process.stderr.write(`${error.stack}\n`))

process.stdout.write(JSON.stringify({ issuer, ...machine }) + '\n')
process.stdin.resume().on('end', () => process.exit())
