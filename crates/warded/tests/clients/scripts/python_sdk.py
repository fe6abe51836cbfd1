"""The official Python SDK at a protected server.

    python python_sdk.py URL TOOL JSON-ARGUMENTS

The SDK discovers, registers, asks and refreshes; what it leaves to an application is here: a place for tokens, a
browser (Python's own `webbrowser`, so `BROWSER` names it) and a listener for the browser's return.
"""

import asyncio
import json
import os
import sys
import webbrowser
from urllib.parse import parse_qs, urlsplit

import httpx2
from mcp import Client
from mcp.client.auth import OAuthClientProvider, TokenStorage
from mcp.client.streamable_http import streamable_http_client
from mcp.shared.auth import AuthorizationCodeResult, OAuthClientMetadata


class Memory(TokenStorage):
    """Keeps tokens for as long as the process runs."""

    tokens = None
    client = None

    async def get_tokens(self):
        return self.tokens

    async def set_tokens(self, tokens):
        self.tokens = tokens

    async def get_client_info(self):
        return self.client

    async def set_client_info(self, client):
        self.client = client


class Callback:
    """Where the browser comes back to: a free port of 127.0.0.1."""

    visits = 0

    async def __aenter__(self):
        self.answers = asyncio.Queue()
        self.server = await asyncio.start_server(self.serve, "127.0.0.1", 0)
        port = self.server.sockets[0].getsockname()[1]
        self.url = f"http://127.0.0.1:{port}/callback"
        return self

    async def __aexit__(self, *_):
        self.server.close()

    async def serve(self, reader, writer):
        target = (await reader.readuntil(b"\r\n\r\n")).split(b" ")[1].decode()
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 19\r\nConnection: close\r\n\r\n")
        writer.write(b"Back at the client.")
        await writer.drain()
        writer.close()
        if urlsplit(target).path == "/callback":
            answer = parse_qs(urlsplit(target).query)
            self.answers.put_nowait({name: values[0] for name, values in answer.items()})

    async def open_browser(self, url):
        self.visits += 1
        if not webbrowser.open(url):
            raise RuntimeError("there is no browser")

    async def returned(self):
        answer = await self.answers.get()
        if "error" in answer:
            raise PermissionError(answer["error"])
        return AuthorizationCodeResult(code=answer["code"], state=answer.get("state"), iss=answer.get("iss"))


async def call(client, tool, given):
    result = await client.call_tool(tool, given)
    if result.is_error:
        raise RuntimeError(f"the tool failed: {result.content}")
    return "".join(block.text for block in result.content)


async def taken_away():
    """The person takes access away, where `REVOKE` says how; whether that is so."""
    if not os.environ.get("REVOKE"):
        return False
    person = await asyncio.create_subprocess_shell(os.environ["REVOKE"])
    if await person.wait():
        raise RuntimeError("access was not taken away")
    return True


def provider(url, storage, callback):
    return OAuthClientProvider(
        server_url=url,
        client_metadata=OAuthClientMetadata(
            client_name="Python SDK",
            redirect_uris=[callback.url],
            grant_types=["authorization_code", "refresh_token"],
        ),
        storage=storage,
        redirect_handler=callback.open_browser,
        callback_handler=callback.returned,
    )


async def main(url, tool, given):
    storage = Memory()
    async with Callback() as callback:
        auth = provider(url, storage, callback)
        async with httpx2.AsyncClient(auth=auth, timeout=60) as http:
            async with Client(streamable_http_client(url, http_client=http)) as client:
                tools = sorted(tool.name for tool in (await client.list_tools()).tools)
                first = await call(client, tool, given)
                before = storage.tokens
                # The SDK believes its own clock, so this is what time would do.
                auth.context.token_expiry_time = 1.0
                again = await call(client, tool, given)
                after = storage.tokens
                anew = None
                if await taken_away():
                    # A request asks the person once: for access first, and for more at the next one.
                    await client.list_tools()
                    anew = await call(client, tool, given)
                outcome = {
                    "tools": tools,
                    "call": first,
                    "again": again,
                    "revision": client.protocol_version,
                    "scopes": before.scope,
                    "lifetime": before.expires_in,
                    "refreshed": before.access_token != after.access_token
                    and before.refresh_token != after.refresh_token,
                    "visits": callback.visits,
                    **({"after_revocation": anew} if anew else {}),
                }
    print(json.dumps(outcome))


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2], json.loads(sys.argv[3])))
