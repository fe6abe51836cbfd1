"""The official Python SDK, version 1, at a guarded server.

    TOKEN=... python python_v1.py URL
"""

import asyncio
import os
import sys
from importlib.metadata import version

import httpx
from errand import Doorkeeper, calls, tell, tell_refusal
from mcp import ClientSession
from mcp.client.auth.utils import (
    extract_field_from_www_auth,
    extract_resource_metadata_from_www_auth,
    extract_scope_from_www_auth,
)
from mcp.client.streamable_http import streamable_http_client

NAME = f"mcp {version('mcp')} (Python)"


async def errand(url, http):
    async with streamable_http_client(url, http_client=http) as (read, write, _):
        async with ClientSession(read, write) as session:
            agreed = await session.initialize()

            async def call(tool, arguments):
                result = await session.call_tool(tool, arguments)
                if result.isError:
                    raise RuntimeError(f"the tool failed: {result.content}")
                return result.content

            tools = sorted(tool.name for tool in (await session.list_tools()).tools)
            return {"revision": agreed.protocolVersion, "tools": tools, "calls": await calls(call)}


async def main(url):
    doorkeeper = Doorkeeper()
    headers = {"Authorization": f"Bearer {os.environ['TOKEN']}"}
    hooks = {"response": [doorkeeper.sees]}
    async with httpx.AsyncClient(headers=headers, event_hooks=hooks, timeout=60) as http:
        try:
            outcome = await errand(url, http)
        except BaseException:
            if doorkeeper.refusal is None:
                raise
            tell_refusal(
                NAME,
                doorkeeper,
                extract_resource_metadata_from_www_auth,
                extract_scope_from_www_auth,
                extract_field_from_www_auth,
            )
        else:
            tell(NAME, outcome)


asyncio.run(main(sys.argv[1]))
