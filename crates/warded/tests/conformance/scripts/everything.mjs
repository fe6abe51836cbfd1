// What every client does once it is connected: it calls each tool, and says so.

export async function callEverything(client) {
  const { tools } = await client.listTools()
  for (const { name } of tools) {
    const result = await client.callTool({ name, arguments: {} })
    if (result.isError) throw new Error(`${name} failed: ${JSON.stringify(result.content)}`)
    process.stdout.write(`called ${name}\n`)
  }
  await client.close()
}
