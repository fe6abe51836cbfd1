// What every client does once it is connected, and how it tells: one JSON line, without any token in it.

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

export function tell(outcome) {
  process.stdout.write(JSON.stringify(outcome) + '\n')
}
