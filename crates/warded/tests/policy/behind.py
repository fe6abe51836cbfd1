"""An MCP server over standard input and output that writes down every line that it reads."""

import json
import os
import sys

TOOLS = ["note", "wipe"]


def say(id, **what):
    sys.stdout.write(json.dumps({"jsonrpc": "2.0", "id": id, **what}) + "\n")
    sys.stdout.flush()


with open(os.environ["HEARD"], "a", encoding="utf-8") as heard:
    for line in sys.stdin:
        heard.write(line)
        heard.flush()
        message = json.loads(line)
        for one in message if isinstance(message, list) else [message]:
            method, params = one.get("method"), one.get("params") or {}
            if one.get("id") is None:
                continue
            if method == "initialize":
                info = {"name": "behind", "version": "1"}
                result = {"protocolVersion": params["protocolVersion"], "capabilities": {"tools": {}}, "serverInfo": info}
                say(one["id"], result=result)
            elif method == "tools/list":
                tools = [{"name": name, "inputSchema": {"type": "object"}} for name in TOOLS]
                say(one["id"], result={"tools": tools})
            elif params.get("name") == "fail":
                say(one["id"], error={"code": -32603, "message": "it failed"})
            elif params.get("name") == "asks" and "requestState" not in params:
                questions = {"sure": {"method": "elicitation/create", "params": {}}}
                say(one["id"], result={"resultType": "input_required", "inputRequests": questions, "requestState": "one"})
            else:
                say(one["id"], result={"content": [{"type": "text", "text": "done"}]})
