"""FastMCP at servers that want a token: `auth=TOKEN`, and nothing else."""

import asyncio
from importlib.metadata import version

import httpx2
import mcp.client.session
from errand import run, texts, visits
from fastmcp import Client
from fastmcp.client.transports import StreamableHttpTransport
from mcp.client.auth.utils import (
    extract_field_from_www_auth,
    extract_resource_metadata_from_www_auth,
    extract_scope_from_www_auth,
)

# A server that has to be started first answers its first question late where the machine is busy.
mcp.client.session.DISCOVER_TIMEOUT_SECONDS = 60


class Desk:
    def __init__(self, client):
        self.client = client

    async def tools(self):
        return [tool.name for tool in await self.client.list_tools()]

    async def call(self, tool, given, hears=None):
        return texts((await self.client.call_tool(tool, given, progress_handler=hears)).content)

    async def resources(self):
        return [str(resource.uri) for resource in await self.client.list_resources()]

    async def read(self, uri):
        return texts(await self.client.read_resource(uri))

    async def prompts(self):
        return [prompt.name for prompt in await self.client.list_prompts()]

    async def prompt(self, name, given):
        return texts(message.content for message in (await self.client.get_prompt(name, given)).messages)


async def visit(url, token, errand, doorkeeper):
    def http(**given):
        return httpx2.AsyncClient(event_hooks={"response": [doorkeeper.sees]}, **given)

    transport = StreamableHttpTransport(url, auth=token, httpx_client_factory=http)
    async with Client(transport) as client:
        return await run(errand, Desk(client))


# FastMCP leaves challenges to the SDK below it.
asyncio.run(
    visits(
        f"fastmcp {version('fastmcp')} (Python)",
        visit,
        extract_resource_metadata_from_www_auth,
        extract_scope_from_www_auth,
        extract_field_from_www_auth,
    )
)
