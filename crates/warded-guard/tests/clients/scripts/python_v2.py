"""The official Python SDK, version 2, at servers that want a token."""

import asyncio
from importlib.metadata import version

import httpx2
import mcp.client.session
from errand import bearer, run, texts, visits
from mcp import Client
from mcp.client.auth.utils import (
    extract_field_from_www_auth,
    extract_resource_metadata_from_www_auth,
    extract_scope_from_www_auth,
)
from mcp.client.streamable_http import streamable_http_client

# A server that has to be started first answers its first question late where the machine is busy.
mcp.client.session.DISCOVER_TIMEOUT_SECONDS = 60


class Desk:
    def __init__(self, client):
        self.client = client

    async def tools(self):
        return [tool.name for tool in (await self.client.list_tools()).tools]

    async def call(self, tool, given, hears=None):
        result = await self.client.call_tool(tool, given, progress_callback=hears)
        if result.is_error:
            raise RuntimeError(f"the tool failed: {result.content}")
        return texts(result.content)

    async def resources(self):
        return [str(resource.uri) for resource in (await self.client.list_resources()).resources]

    async def read(self, uri):
        return texts((await self.client.read_resource(uri)).contents)

    async def prompts(self):
        return [prompt.name for prompt in (await self.client.list_prompts()).prompts]

    async def prompt(self, name, given):
        return texts(message.content for message in (await self.client.get_prompt(name, given)).messages)


async def visit(url, token, errand, doorkeeper):
    hooks = {"response": [doorkeeper.sees]}
    async with httpx2.AsyncClient(headers=bearer(token), event_hooks=hooks, timeout=60) as http:
        async with Client(streamable_http_client(url, http_client=http)) as client:
            return {"revision": client.protocol_version, **await run(errand, Desk(client))}


asyncio.run(
    visits(
        f"mcp {version('mcp')} (Python)",
        visit,
        extract_resource_metadata_from_www_auth,
        extract_scope_from_www_auth,
        extract_field_from_www_auth,
    )
)
