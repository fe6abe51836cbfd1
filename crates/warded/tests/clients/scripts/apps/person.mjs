// What libraries leave to an application: where the browser comes back to, and how it is opened. `BROWSER_SCRIPT` names
// the person.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:http'

/** Where the browser comes back to: a free port of 127.0.0.1. */
export class Callback {
  static async open() {
    const callback = new Callback()
    callback.listener = createServer((request, response) => {
      const url = new URL(request.url, callback.url)
      if (url.pathname !== '/callback') return response.writeHead(404).end()
      response.writeHead(200, { 'content-type': 'text/plain', connection: 'close' }).end('Back at the client.')
      callback.answer?.(url)
    })
    callback.listener.listen(0, '127.0.0.1')
    await once(callback.listener, 'listening')
    callback.url = `http://127.0.0.1:${callback.listener.address().port}/callback`
    return callback
  }

  /** Sends the person there; the URL with which the browser comes back. */
  visit(address) {
    return new Promise((resolve, reject) => {
      this.answer = resolve
      const words = [process.env.BROWSER_SCRIPT, address.href]
      const browser = spawn(process.execPath, words, { stdio: ['ignore', 'inherit', 'inherit'] })
      browser.on('exit', (code) => code === 0 || reject(new Error('the browser did not come back')))
    })
  }

  close() {
    this.listener.closeAllConnections()
    this.listener.close()
  }
}
