"""FastMCP at a guarded server: `auth=TOKEN`, and nothing else.

    TOKEN=... python fastmcp_client.py URL
"""

import asyncio
import os
import sys
from importlib.metadata import version

import httpx2
from errand import Doorkeeper, calls, tell, tell_refusal
from fastmcp import Client
from fastmcp.client.transports import StreamableHttpTransport
from mcp.client.auth.utils import (
    extract_field_from_www_auth,
    extract_resource_metadata_from_www_auth,
    extract_scope_from_www_auth,
)

NAME = f"fastmcp {version('fastmcp')} (Python)"


async def main(url):
    doorkeeper = Doorkeeper()

    def http(**given):
        return httpx2.AsyncClient(event_hooks={"response": [doorkeeper.sees]}, **given)

    transport = StreamableHttpTransport(url, auth=os.environ["TOKEN"], httpx_client_factory=http)
    try:
        async with Client(transport) as client:

            async def call(tool, arguments):
                return (await client.call_tool(tool, arguments)).content

            tools = sorted(tool.name for tool in await client.list_tools())
            outcome = {"tools": tools, "calls": await calls(call)}
    except BaseException:
        if doorkeeper.refusal is None:
            raise
        # FastMCP leaves challenges to the SDK below it.
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
