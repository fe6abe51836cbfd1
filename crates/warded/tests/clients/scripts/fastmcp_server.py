"""An MCP server as FastMCP's own documentation writes one: a tool, one that reports progress, a resource, a prompt.

    python fastmcp_server.py [PORT]

It serves on a port of the loopback interface, or else whoever started it.
"""

import sys

from fastmcp import Context, FastMCP

mcp = FastMCP("Tea")


@mcp.tool
def note(text: str) -> str:
    """Notes a text, and reads it back."""
    return text


@mcp.tool
async def brew(cups: int, ctx: Context) -> str:
    """Brews tea, cup by cup."""
    for cup in range(cups):
        await ctx.report_progress(progress=cup + 1, total=cups)
    return f"{cups} cups of tea"


@mcp.resource("tea://list")
def list_of_teas() -> str:
    """Which teas there are."""
    return "Assam, Darjeeling"


@mcp.prompt
def order(tea: str) -> str:
    """Orders a tea."""
    return f"A cup of {tea}, please."


if len(sys.argv) > 1:
    mcp.run(transport="http", host="127.0.0.1", port=int(sys.argv[1]), show_banner=False)
else:
    mcp.run(show_banner=False)
