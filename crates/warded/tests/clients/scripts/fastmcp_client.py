"""FastMCP at a protected server, as its documentation shows it: `auth=OAuth(...)`, and nothing else.

    python fastmcp_client.py URL TOOL JSON-ARGUMENTS

FastMCP opens the browser (`BROWSER` names it) and listens for its return by itself.
"""

import asyncio
import json
import os
import sys

from fastmcp import Client
from fastmcp.client.auth import OAuth


async def main(url, tool, given):
    oauth = OAuth(client_name="FastMCP")
    async with Client(url, auth=oauth) as client:
        tools = sorted(tool.name for tool in await client.list_tools())
        first = await client.call_tool(tool, given)
        before = await oauth.token_storage_adapter.get_tokens()
        # The SDK below believes its own clock, so this is what time would do.
        oauth.context.token_expiry_time = 1.0
        again = await client.call_tool(tool, given)
        after = await oauth.token_storage_adapter.get_tokens()
        anew = None
        if os.environ.get("REVOKE"):
            person = await asyncio.create_subprocess_shell(os.environ["REVOKE"])
            if await person.wait():
                raise RuntimeError("access was not taken away")
            await client.list_tools()
            anew = await client.call_tool(tool, given)
    outcome = {
        "tools": tools,
        "call": "".join(block.text for block in first.content),
        "again": "".join(block.text for block in again.content),
        "scopes": before.scope,
        "lifetime": before.expires_in,
        "refreshed": before.access_token != after.access_token and before.refresh_token != after.refresh_token,
    }
    if anew:
        outcome["after_revocation"] = "".join(block.text for block in anew.content)
    print(json.dumps(outcome))


asyncio.run(main(sys.argv[1], sys.argv[2], json.loads(sys.argv[3])))
