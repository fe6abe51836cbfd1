// The MCP server behind the bridges: one tool that answers at once, and one that says something at once and answers later.
// It wants the credential that it was started with, so that nobody is measured without one.
//
//     node server.mjs PORT CREDENTIAL
import { createServer } from 'node:http'

const [, , port, credential] = process.argv
const text = 'Three documents speak of harbour dues: the report of the first quarter (41.2), the report of the second (43.8), ' +
  'and a note about internal transfers, which the totals leave out.'
const tool = (name) => ({ name, description: `${name}s`, inputSchema: { type: 'object' } })
const results = {
  initialize: ({ params }) => ({
    protocolVersion: params.protocolVersion, capabilities: { tools: {} }, serverInfo: { name: 'behind', version: '1' } }),
  'tools/list': () => ({ tools: [tool('answer'), tool('stream')] }),
  'tools/call': () => ({ content: [{ type: 'text', text }], isError: false }),
  ping: () => ({}),
}

function answer(message, response) {
  const json = (body) => JSON.stringify({ jsonrpc: '2.0', ...body })
  if (message.id === undefined) return response.writeHead(202).end()
  const make = results[message.method]
  if (!make) {
    const error = json({ id: message.id, error: { code: -32601, message: 'Method not found' } })
    return response.writeHead(200, { 'content-type': 'application/json' }).end(error)
  }
  const result = json({ id: message.id, result: make(message) })
  const session = message.method === 'initialize' ? { 'mcp-session-id': 'behind' } : {}
  if (message.params?.name !== 'stream') {
    return response.writeHead(200, { 'content-type': 'application/json', ...session }).end(result)
  }
  const progressToken = message.params._meta.progressToken
  const progress = json({ method: 'notifications/progress', params: { progressToken, progress: 1 } })
  response.writeHead(200, { 'content-type': 'text/event-stream' })
  response.write(`data: ${progress}\n\n`)
  setTimeout(() => response.end(`data: ${result}\n\n`), 50)
}

const server = createServer((request, response) => {
  if (request.headers.authorization !== credential) return response.writeHead(401).end()
  if (request.method !== 'POST') return response.writeHead(405).end()
  let body = ''
  request.on('data', (piece) => { body += piece })
  request.on('end', () => answer(JSON.parse(body), response))
})
server.keepAliveTimeout = 300_000
server.listen(Number(port), '127.0.0.1')
