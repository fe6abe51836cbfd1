"""An MCP server over standard input and output that does whatever a server can do wrong, when it is asked to."""

import json
import os
import signal
import subprocess
import sys
import time

LIFE = os.environ.get("LIFE")
if LIFE:
    # Whoever reads the other end learns when the last process that holds this one is gone.
    os.set_inheritable(os.open(LIFE, os.O_WRONLY), True)


def say(message):
    sys.stdout.write(message if isinstance(message, str) else json.dumps(message))
    sys.stdout.write("\n")
    sys.stdout.flush()


def tell(method, **params):
    say({"jsonrpc": "2.0", "method": method, "params": params})


def answer(id, **result):
    say({"jsonrpc": "2.0", "id": id, "result": result})


def text(id, value):
    answer(id, content=[{"type": "text", "text": value if isinstance(value, str) else json.dumps(value)}])


SUBSCRIPTION = "io.modelcontextprotocol/subscriptionId"
held, cancelled, listening, asked = [], [], [], {}


def grandchild(ignores_signals):
    trap = "trap '' TERM HUP INT; " if ignores_signals else ""
    return subprocess.Popen(["sh", "-c", trap + "sleep 1000; sleep 1000"], close_fds=False).pid


def linger():
    while True:
        time.sleep(1000)


def call(id, name, arguments, line):
    if name == "echo":
        text(id, line)
    elif name == "who":
        text(id, {"pid": os.getpid(), "folder": os.getcwd(), "environment": sorted(os.environ), "argv": sys.argv[1:]})
    elif name == "hold":
        held.append((id, arguments.get("as")))
    elif name == "release":
        for other, word in reversed(held):
            text(other, word)
        held.clear()
        text(id, "released")
    elif name == "progress":
        tell("notifications/progress", progressToken=arguments["token"], progress=1)
        text(id, "done")
    elif name == "large":
        text(id, "x" * arguments["size"])
    elif name == "ask":
        asked["q"] = id
        say({"jsonrpc": "2.0", "id": "q", "method": "elicitation/create", "params": {"message": "sure?"}})
    elif name == "flood":
        for number in range(arguments["count"]):
            tell("notifications/message", level="info", data="x" * arguments["size"], number=number)
        text(id, "after the flood")
    elif name == "garbage":
        sys.stdout.write("Server running on stdio\n\n{\"jsonrpc\": \"2.0\",\n\x00\xff\n[]\nnull\n")
        say({"jsonrpc": "2.0", "id": id + 1000 if isinstance(id, int) else "other", "result": {}})
        say({"jsonrpc": "2.0", "id": str(id), "result": {}})
        say({"jsonrpc": "2.0", "id": None, "error": {"code": -32700, "message": "parse error"}})
        say([{"jsonrpc": "2.0", "id": id, "result": {}}])
        text(id, "first")
        text(id, "second")
    elif name == "endless":
        while True:
            sys.stdout.write("x" * 65536)
    elif name == "die":
        sys.stderr.write("about to die\n")
        os._exit(3)
    elif name == "die-later":
        tell("notifications/message", level="info", data="still here")
        os._exit(3)
    elif name == "mute":
        os.close(1)
        linger()
    elif name == "deaf":
        os.close(0)
        text(id, "what did you say?")
        linger()
    elif name == "late":
        tell("notifications/message", level="info", data="wait")
        while not os.path.exists(os.path.join(os.path.dirname(LIFE), "go")):
            time.sleep(0.01)
        text(id, "better late than never")
    elif name == "hang":
        pass
    elif name == "fork":
        text(id, [grandchild(False), grandchild(True)])
    elif name == "complain":
        for number in range(arguments["count"]):
            sys.stderr.write("complaint %d \x1b[31m\r%s\n" % (number, os.environ.get("SECRET")))
        sys.stderr.flush()
        text(id, "said")
    elif name == "secret":
        text(id, "it is " + os.environ["SECRET"])
    elif name == "cancelled":
        text(id, cancelled)
    elif name == "change":
        for subscription in listening:
            tell("notifications/tools/list_changed", _meta={SUBSCRIPTION: subscription})
        text(id, "changed")
    elif name == "unlisten":
        for subscription in listening:
            tell("notifications/cancelled", requestId=subscription)
        text(id, "over")
    elif name == "tell":
        text(id, "told")
        tell("notifications/tools/list_changed")
    else:
        say({"jsonrpc": "2.0", "id": id, "error": {"code": -32602, "message": "no such tool"}})


def main():
    if "--die" in sys.argv:
        sys.stderr.write("cannot work like this\n")
        sys.exit(7)
    for line in sys.stdin.buffer:
        line = line.decode()
        message = json.loads(line)
        if isinstance(message, list):
            say([{"jsonrpc": "2.0", "id": one["id"], "result": {}} for one in message if "id" in one])
            continue
        method, id, params = message.get("method"), message.get("id"), message.get("params", {})
        if method == "initialize":
            if "--hang" in sys.argv:
                continue
            if "--refuse-late" in sys.argv:
                tell("notifications/message", level="info", data="let me think")
            if "--refuse" in sys.argv or "--refuse-late" in sys.argv:
                say({"jsonrpc": "2.0", "id": id, "error": {"code": -32602, "message": "not today"}})
                continue
            info = {"name": "nasty", "version": str(os.getpid())}
            answer(id, protocolVersion=params["protocolVersion"], capabilities={"tools": {}}, serverInfo=info)
        elif method == "tools/call":
            call(id, params["name"], params.get("arguments", {}), line)
        elif method == "tools/list":
            if params.get("cursor") == "stream":
                tell("notifications/message", level="info", data="listing")
            names = ["echo", "secret"]
            answer(id, tools=[{"name": name, "inputSchema": {"type": "object"}} for name in names])
        elif method == "ping":
            answer(id)
        elif method == "subscriptions/listen":
            listening.append(id)
            tell("notifications/subscriptions/acknowledged", _meta={SUBSCRIPTION: id}, notifications={})
        elif method == "notifications/cancelled":
            cancelled.append(params["requestId"])
        elif id is not None and method is None:
            text(asked.pop(id), message)
        elif id is not None:
            say({"jsonrpc": "2.0", "id": id, "error": {"code": -32601, "message": "no such method"}})


main()
if "--stay" in sys.argv:
    # The input has ended; whoever wants an end has to make one.
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    time.sleep(1000)
