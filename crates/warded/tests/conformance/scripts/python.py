"""The official Python SDK in a scenario of the conformance suite, with `warded connect` as its stdio server.

    python python.py COMMAND ARGUMENT...
"""

import asyncio
import os
import sys

from mcp import Client, StdioServerParameters


async def main(command, arguments):
    server = StdioServerParameters(command=command, args=arguments, env=dict(os.environ))
    # Asked to find out for itself, the SDK waits 10 seconds for an answer and then takes the server for an old one: a test of
    # what comes of that would be one of how fast the machine is.
    revision = os.environ["MCP_CONFORMANCE_PROTOCOL_VERSION"]
    mode = revision if revision >= "2026-07-28" else "legacy"
    async with Client(server, mode=mode) as client:
        for tool in (await client.list_tools()).tools:
            result = await client.call_tool(tool.name, {})
            if result.is_error:
                raise RuntimeError(f"{tool.name} failed: {result.content}")
            print(f"called {tool.name}", flush=True)


asyncio.run(main(sys.argv[1], sys.argv[2:]))
