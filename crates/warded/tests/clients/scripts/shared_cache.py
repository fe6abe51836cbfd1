"""The official Python SDK with one token cache for two servers, as careless applications have.

    python shared_cache.py URL OTHER-URL TOOL JSON-ARGUMENTS

The SDK's storage has no key, so at the second server it begins with the token of the first.
"""

import asyncio
import json
import sys

import httpx2
from mcp import Client
from mcp.client.streamable_http import streamable_http_client
from python_sdk import Callback, Memory, call, provider


async def main(urls, tool, given):
    storage = Memory()
    calls, tokens = [], []
    async with Callback() as callback:
        for url in urls:
            async with httpx2.AsyncClient(auth=provider(url, storage, callback), timeout=60) as http:
                async with Client(streamable_http_client(url, http_client=http)) as client:
                    calls.append(await call(client, tool, given))
                    tokens.append(storage.tokens.access_token)
    print(json.dumps({"calls": calls, "visits": callback.visits, "tokens": len(set(tokens))}))


asyncio.run(main(sys.argv[1:3], sys.argv[3], json.loads(sys.argv[4])))
