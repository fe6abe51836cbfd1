"""Which tokens does a server made with the Python SDK admit? Runs with its first major version as well as the second.

    python mcp_sdk.py TOKENS

The server is asked without a socket.
"""
import asyncio

import jwt
from mcp.server.auth.provider import AccessToken
from mcp.server.auth.settings import AuthSettings

try:
    from mcp.server import MCPServer as Server
except ImportError:
    from mcp.server.fastmcp import FastMCP as Server

from given import HERE, ISSUER, PEM, measure

# `AccessToken.resource` is one text or none; what else `aud` may be cannot be put there.
NO_RESOURCE = ("own-list", "shared", "empty", "number")


class Verifier:
    """Reports the audience and leaves its judgement to the SDK."""

    async def verify_token(self, token):
        try:
            claims = jwt.decode(token, PEM, algorithms=["RS256"], options={"verify_aud": False})
        except jwt.PyJWTError:
            return None
        return AccessToken(
            token=token, client_id=claims["client_id"], scopes=[], expires_at=claims["exp"], resource=claims.get("aud"))


async def asked(app, token):
    scope = {
        "type": "http", "http_version": "1.1", "asgi": {"version": "3.0"}, "method": "POST", "scheme": "http",
        "path": "/mcp", "raw_path": b"/mcp", "query_string": b"", "root_path": "", "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 80), "state": {},
        "headers": [(b"host", b"127.0.0.1"), (b"authorization", f"Bearer {token}".encode())],
    }
    statuses = []

    async def receive():
        return {"type": "http.request", "body": b"{}", "more_body": False}

    async def send(message):
        if message["type"] == "http.response.start":
            statuses.append(message["status"])

    async with app.router.lifespan_context(app):
        await app(scope, receive, send)
    return statuses[0]


def sdk(call, **settings):
    auth = AuthSettings(issuer_url=ISSUER, resource_server_url=HERE, **settings)

    def admitted(token):
        server = Server("measured", token_verifier=Verifier(), auth=auth, log_level="CRITICAL")
        status = asyncio.run(asked(server.streamable_http_app(), token))
        # Once a token is admitted, the empty message is refused, or the host that is none.
        if status not in (400, 401, 406, 421):
            raise SystemExit(f"the server answered {status}")
        return status != 401

    measure("mcp", call, admitted, untried=NO_RESOURCE)


sdk("AuthSettings(resource_server_url=HERE)")
sdk("AuthSettings(…, validate_token_resource=False)", validate_token_resource=False)
sdk("AuthSettings(…, validate_token_resource=True)", validate_token_resource=True)
