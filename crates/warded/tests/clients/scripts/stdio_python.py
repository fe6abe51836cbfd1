"""The official Python SDK with `warded connect` as its stdio server.

    python stdio_python.py TOOL JSON-ARGUMENTS COMMAND ARGUMENT...
"""

import asyncio
import json
import os
import sys

from mcp import Client, StdioServerParameters


async def call(client, tool, given):
    result = await client.call_tool(tool, given)
    if result.is_error:
        raise RuntimeError(f"the tool failed: {result.content}")
    return "".join(block.text for block in result.content)


async def main(tool, given, command, arguments):
    server = StdioServerParameters(command=command, args=arguments, env=dict(os.environ))
    async with Client(server) as client:
        outcome = {
            "tools": sorted(tool.name for tool in (await client.list_tools()).tools),
            "call": await call(client, tool, given),
            "again": await call(client, tool, given),
            "revision": client.protocol_version,
        }
    print(json.dumps(outcome))


asyncio.run(main(sys.argv[1], json.loads(sys.argv[2]), sys.argv[3], sys.argv[4:]))
