// What every client does once it is connected, and how it tells: one JSON line, without any token in it.
import { spawn } from 'node:child_process'
import { once } from 'node:events'


/** Lists the tools and calls one. */
export async function errand(client, tool, given) {
  const { tools } = await client.listTools()
  return { tools: tools.map(({ name }) => name).sort(), call: await call(client, tool, given) }
}

/** The text that a tool answers. */
export async function call(client, tool, given) {
  const result = await client.callTool({ name: tool, arguments: given })
  if (result.isError) throw new Error(`the tool failed: ${JSON.stringify(result.content)}`)
  return result.content.map(({ text }) => text).join('')
}

/** The person takes access away, where `REVOKE` says how; whether that is so. */
export async function takenAway() {
  if (!process.env.REVOKE) return false
  const person = spawn(process.env.REVOKE, { shell: true, stdio: ['ignore', 'inherit', 'inherit'] })
  const [code] = await once(person, 'exit')
  if (code !== 0) throw new Error('access was not taken away')
  return true
}

export function tell(outcome) {
  process.stdout.write(JSON.stringify(outcome) + '\n')
}
