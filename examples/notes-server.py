"""A server of notes that speaks MCP over standard input and output: for the page on writing a policy."""

import json
import sys


def tool(name, description, *arguments, **annotations):
    properties = {argument: {"type": "string"} for argument in arguments}
    schema = {"type": "object", "properties": properties}
    return {"name": name, "description": description, "inputSchema": schema, "annotations": annotations}


TOOLS = [
    tool("search", "Search all notes", "query", readOnlyHint=True),
    tool("read_note", "Read one note", "id", readOnlyHint=True),
    tool("delete_note", "Delete one note for good", "id", destructiveHint=True),
    tool("share_note", "Send a note to somebody", "id", "to", destructiveHint=False),
]


def answer(method):
    if method == "initialize":
        return {
            "protocolVersion": "2025-11-25",
            "capabilities": {"tools": {}},
            "serverInfo": {"name": "notes", "version": "1"},
        }
    if method == "tools/list":
        return {"tools": TOOLS}
    return None


for line in sys.stdin:
    message = json.loads(line)
    if "id" not in message:
        continue
    said = {"jsonrpc": "2.0", "id": message["id"]}
    result = answer(message["method"])
    if result is None:
        said["error"] = {"code": -32601, "message": "Method not found"}
    else:
        said["result"] = result
    print(json.dumps(said), flush=True)
