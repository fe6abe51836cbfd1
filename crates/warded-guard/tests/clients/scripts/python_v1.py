"""The official Python SDK, version 1, at servers that want a token."""

import asyncio
from importlib.metadata import version

import httpx
from errand import bearer, run, texts, visits
from mcp import ClientSession
from mcp.client.auth.utils import (
    extract_field_from_www_auth,
    extract_resource_metadata_from_www_auth,
    extract_scope_from_www_auth,
)
from mcp.client.streamable_http import streamable_http_client
from pydantic import AnyUrl


class Desk:
    def __init__(self, session):
        self.session = session

    async def tools(self):
        return [tool.name for tool in (await self.session.list_tools()).tools]

    async def call(self, tool, given, hears=None):
        result = await self.session.call_tool(tool, given, progress_callback=hears)
        if result.isError:
            raise RuntimeError(f"the tool failed: {result.content}")
        return texts(result.content)

    async def resources(self):
        return [str(resource.uri) for resource in (await self.session.list_resources()).resources]

    async def read(self, uri):
        return texts((await self.session.read_resource(AnyUrl(uri))).contents)

    async def prompts(self):
        return [prompt.name for prompt in (await self.session.list_prompts()).prompts]

    async def prompt(self, name, given):
        return texts(message.content for message in (await self.session.get_prompt(name, given)).messages)


async def visit(url, token, errand, doorkeeper):
    hooks = {"response": [doorkeeper.sees]}
    async with httpx.AsyncClient(headers=bearer(token), event_hooks=hooks, timeout=60) as http:
        async with streamable_http_client(url, http_client=http) as (read, write, _):
            async with ClientSession(read, write) as session:
                agreed = await session.initialize()
                return {"revision": agreed.protocolVersion, **await run(errand, Desk(session))}


asyncio.run(
    visits(
        f"mcp {version('mcp')} (Python)",
        visit,
        extract_resource_metadata_from_www_auth,
        extract_scope_from_www_auth,
        extract_field_from_www_auth,
    )
)
