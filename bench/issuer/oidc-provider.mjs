// The peer: npm `oidc-provider` with everything in memory, tokens for exactly one resource, rotating refresh tokens.
//
//     node oidc-provider.mjs PORT ALGORITHM
//
// It does what the bench has Warded do, and nothing more. Its own adapter for memory keeps a thousand entries; this one
// keeps all. `POST /seed?count=N` is not of the package: it answers with N codes, each of a grant of its own, made with
// the package's own models, so that only what is measured is measured.
import { createHash, generateKeyPairSync } from 'node:crypto'
import { createServer } from 'node:http'
import { Provider, errors } from 'oidc-provider'

const [port, algorithm] = [Number(process.argv[2]), process.argv[3]]
const RESOURCE = 'https://a.example/mcp'
const CALLBACK = 'https://portal.example/cb'
const VERIFIER = 'a-verifier-that-is-long-enough-to-be-one-0123456789'

const entries = new Map()
const grants = new Map()

class Memory {
  constructor(model) {
    this.model = model
  }

  key(id) {
    return `${this.model}:${id}`
  }

  async upsert(id, payload) {
    const key = this.key(id)
    entries.set(key, payload)
    if (payload.grantId) {
      const members = grants.get(payload.grantId)
      if (members) members.add(key)
      else grants.set(payload.grantId, new Set([key]))
    }
    if (payload.uid) entries.set(`uid:${payload.uid}`, id)
  }

  async find(id) {
    return entries.get(this.key(id))
  }

  async findByUid(uid) {
    return this.find(entries.get(`uid:${uid}`))
  }

  async consume(id) {
    entries.get(this.key(id)).consumed = Math.floor(Date.now() / 1000)
  }

  async destroy(id) {
    entries.delete(this.key(id))
  }

  async revokeByGrantId(grantId) {
    for (const key of grants.get(grantId) ?? []) entries.delete(key)
    grants.delete(grantId)
  }
}

const key = {
  ES256: () => generateKeyPairSync('ec', { namedCurve: 'P-256' }),
  EdDSA: () => generateKeyPairSync('ed25519'),
  RS256: () => generateKeyPairSync('rsa', { modulusLength: 2048 }),
}
const jwk = (name) => ({ ...key[name]().privateKey.export({ format: 'jwk' }), alg: name, use: 'sig', kid: name })
// The package wants an RSA key for ID tokens, which nobody here asks for.
const keys = [...new Set([algorithm, 'RS256'])].map(jwk)
const registered = { client_secret: 'the-secret-of-a-client-of-the-bench', token_endpoint_auth_method: 'client_secret_post' }

const provider = new Provider(`http://127.0.0.1:${port}`, {
  adapter: Memory,
  jwks: { keys },
  cookies: { keys: ['a key of the bench'] },
  scopes: ['mcp:tools', 'docs:read'],
  findAccount: (_, id) => ({ accountId: id, claims: () => ({ sub: id }) }),
  clients: [
    { client_id: 'robot', ...registered, grant_types: ['client_credentials'], redirect_uris: [], response_types: [] },
    {
      client_id: 'portal',
      ...registered,
      grant_types: ['authorization_code', 'refresh_token'],
      redirect_uris: [CALLBACK],
      response_types: ['code'],
    },
  ],
  issueRefreshToken: () => true,
  rotateRefreshToken: true,
  pkce: { required: () => true },
  ttl: { AuthorizationCode: 3600, AccessToken: 600, ClientCredentials: 600, Grant: 86400, RefreshToken: 86400 },
  features: {
    clientCredentials: { enabled: true },
    devInteractions: { enabled: true },
    resourceIndicators: {
      enabled: true,
      useGrantedResource: () => true,
      getResourceServerInfo(_, resource) {
        if (resource !== RESOURCE) throw new errors.InvalidTarget()
        return {
          scope: 'mcp:tools docs:read',
          audience: resource,
          accessTokenFormat: 'jwt',
          accessTokenTTL: 600,
          jwt: { sign: { alg: algorithm } },
        }
      },
    },
  },
})

async function code(client) {
  const grant = new provider.Grant({ accountId: 'ada', clientId: client.clientId })
  grant.addResourceScope(RESOURCE, 'mcp:tools')
  const grantId = await grant.save()
  return new provider.AuthorizationCode({
    accountId: 'ada',
    authTime: Math.floor(Date.now() / 1000),
    client,
    codeChallenge: createHash('sha256').update(VERIFIER).digest('base64url'),
    codeChallengeMethod: 'S256',
    grantId,
    redirectUri: CALLBACK,
    resource: RESOURCE,
    scope: 'mcp:tools',
  }).save()
}

async function seed(count, response) {
  const client = await provider.Client.find('portal')
  const codes = []
  while (codes.length < count) codes.push(await code(client))
  response.end(codes.join('\n') + '\n')
}

const callback = provider.callback()
const server = createServer((request, response) => {
  if (!request.url.startsWith('/seed?')) return callback(request, response)
  seed(Number(new URL(request.url, 'http://bench').searchParams.get('count')), response)
})
provider.on('server_error', (_, error) => process.stderr.write(`${error.stack}\n`))
server.listen(port, '127.0.0.1', () => {
  const client = (id) => ({ id, secret: registered.client_secret })
  process.stdout.write(JSON.stringify({ portal: client('portal'), robot: client('robot') }) + '\n')
})
