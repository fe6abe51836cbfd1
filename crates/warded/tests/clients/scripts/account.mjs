// What both TypeScript SDKs leave to an application: where tokens are kept, how a browser is opened, and where it
// comes back to. Everything that is OAuth is the SDK's own.
import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { fileURLToPath } from 'node:url'

const BROWSER = fileURLToPath(new URL('browser.mjs', import.meta.url))

/** An `OAuthClientProvider` that keeps everything in memory and listens on a free loopback port. */
export class Account {
  /** How often a person was asked. */
  visits = 0
  #name
  #method
  #listener
  #returned
  #answer
  #state
  #kept = {}

  /** `method` is how the client shows itself at the token endpoint. */
  static async open(name, method) {
    const account = new Account()
    account.#name = name
    account.#method = method
    account.#listener = createServer((request, response) => account.#callback(request, response))
    account.#listener.listen(0, '127.0.0.1')
    await once(account.#listener, 'listening')
    return account
  }

  async close() {
    this.#listener.closeAllConnections()
    this.#listener.close()
  }

  get redirectUrl() {
    return `http://127.0.0.1:${this.#listener.address().port}/callback`
  }

  get clientMetadata() {
    return {
      client_name: this.#name,
      redirect_uris: [this.redirectUrl],
      grant_types: ['authorization_code', 'refresh_token'],
      response_types: ['code'],
      token_endpoint_auth_method: this.#method,
      application_type: 'native',
    }
  }

  state() {
    this.#state = randomBytes(16).toString('base64url')
    return this.#state
  }

  clientInformation() {
    return this.#kept.client
  }
  saveClientInformation(client) {
    this.#kept.client = client
  }
  tokens() {
    return this.#kept.tokens
  }
  saveTokens(tokens) {
    this.#kept.tokens = tokens
  }
  invalidateCredentials(which) {
    if (which === 'all' || which === 'tokens') delete this.#kept.tokens
    if (which === 'all' || which === 'client') delete this.#kept.client
  }
  codeVerifier() {
    return this.#kept.verifier
  }
  saveCodeVerifier(verifier) {
    this.#kept.verifier = verifier
  }
  discoveryState() {
    return this.#kept.discovery
  }
  saveDiscoveryState(discovery) {
    this.#kept.discovery = discovery
  }

  redirectToAuthorization(url) {
    this.visits += 1
    const browser = spawn(process.execPath, [BROWSER, url.href], { stdio: ['ignore', 'inherit', 'inherit'] })
    this.#returned = new Promise((resolve, reject) => {
      this.#answer = resolve
      browser.on('exit', (code) => code === 0 || reject(new Error('the browser did not come back')))
    })
  }

  /** The parameters with which the browser came back. */
  async returned() {
    const parameters = await this.#returned
    if (parameters.get('state') !== this.#state) throw new Error('an answer to somebody else')
    if (!parameters.has('code')) throw new Error(`refused: ${parameters.get('error')}`)
    return parameters
  }

  /** Makes the kept access token useless, as time would. Neither SDK watches the clock; the server's 401 tells them. */
  expire() {
    const tokens = this.#kept.tokens
    this.#kept.tokens = { ...tokens, access_token: tokens.access_token.slice(0, -8) + 'AAAAAAAA' }
  }

  #callback(request, response) {
    const url = new URL(request.url, this.redirectUrl)
    if (url.pathname !== '/callback') return response.writeHead(404).end()
    response.writeHead(200, { 'content-type': 'text/plain', connection: 'close' }).end('Back at the client.')
    this.#answer?.(url.searchParams)
  }
}
