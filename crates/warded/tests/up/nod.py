"""An MCP server over standard input and output that keeps every line that it is told and says yes to everything."""

import json
import sys

with open(sys.argv[1], "ab", buffering=0) as kept:
    for line in sys.stdin.buffer:
        kept.write(line)
        message = json.loads(line)
        answers = []
        for one in message if isinstance(message, list) else [message]:
            if "id" not in one or "method" not in one:
                continue
            result = {}
            if one["method"] == "initialize":
                info = {"name": "nod", "version": "1"}
                version = one["params"]["protocolVersion"]
                result = {"protocolVersion": version, "capabilities": {}, "serverInfo": info}
            answers.append({"jsonrpc": "2.0", "id": one["id"], "result": result})
        if answers:
            sys.stdout.write(json.dumps(answers if isinstance(message, list) else answers[0]) + "\n")
            sys.stdout.flush()
