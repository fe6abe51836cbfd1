#!/usr/bin/env python3
"""What does a bridge cost that stands between a client and a remote server? `warded connect`, `mcp-remote`, and none."""

import argparse
import json
import os
import pathlib
import subprocess
import sys
import time
from collections import defaultdict
from statistics import median

import machine
import report
from machine import GATE_CPU, HERE, LOAD_CPU, ROOT, WARDED, WORK, Started

PORT = 9380
URL = f"http://127.0.0.1:{PORT}/mcp"
CREDENTIAL = "Bearer of-the-bench-and-of-nothing-else-0123456789abcdef0123456789abcdef"
PEERS = pathlib.Path(os.environ.get("PEERS", ROOT / "target" / "peers"))
SDK = PEERS / "clients-node" / "node_modules"
REMOTE = PEERS / "apps-node" / "node_modules" / "mcp-remote"

# Which of the two, by what, and how many times as much at least.
GOALS = [
    ("memory of `mcp-remote` beside ours", "mcp-remote", "warded", "pss_mib", 5),
    ("CPU per call of `mcp-remote` beside ours", "mcp-remote", "warded", "cpu_us", 5),
]


def bridges():
    """The command of each. `taskset` becomes the command that it starts."""
    bound = ["taskset", "-c", str(GATE_CPU)]
    return {
        "warded": [*bound, str(WARDED), "--quiet", "connect", URL, "--header", "Authorization=env:BENCH_CREDENTIAL"],
        "mcp-remote": [*bound, "node", str(REMOTE / "dist" / "proxy.js"), URL, "--transport", "http-only", "--allow-http",
                       "--header", "Authorization:${BENCH_CREDENTIAL}"],
    }


class Driver:
    """The official SDK with a client for each way, in one process."""

    def __init__(self, only):
        chosen = {name: command for name, command in bridges().items() if name in only}
        folder = WORK / "run" / "bridge"
        folder.mkdir(parents=True, exist_ok=True)
        command = ["taskset", "-c", str(LOAD_CPU), "node", str(HERE / "bridge" / "client.mjs"), str(SDK), URL, CREDENTIAL,
                   json.dumps(chosen)]
        self.log = open(folder / "log", "wb")
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.log, text=True,
            env={**os.environ, "HOME": str(folder), "XDG_STATE_HOME": str(folder / "state"), "BENCH_CREDENTIAL": CREDENTIAL,
                 "MCP_REMOTE_CONFIG_DIR": str(folder / "kept-by-mcp-remote")})
        self.ways = self.answer()

    def answer(self):
        line = self.process.stdout.readline()
        if not line:
            sys.exit(f"the client ended: {(WORK / 'run' / 'bridge' / 'log').read_text(errors='replace')[-2000:]}")
        return json.loads(line)

    def measure(self, name, what, count):
        self.process.stdin.write(f"{name} {what} {count}\n")
        self.process.stdin.flush()
        return self.answer()

    def stop(self):
        self.process.stdin.close()
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()


def block(driver, name, count, streams):
    """Calls one after the other, then streams; what they cost the bridge beside."""
    pid = driver.ways[name]["pid"]
    cost = lambda: machine.cpu_us(pid) if pid else 0
    busy, own, begin = machine.busy_us(), machine.cpu_us(driver.process.pid), time.perf_counter()
    before = cost()
    calls = driver.measure(name, "calls", count)
    spent, took = cost() - before, time.perf_counter() - begin
    # The client's own tree holds every bridge.
    others = (machine.busy_us() - busy - (machine.cpu_us(driver.process.pid) - own)) / 1e6 / took
    first = driver.measure(name, "streams", streams)
    return {"name": name, "cpu_us": spent / count, "pss_mib": machine.pss_mib(pid) if pid else 0, "others": others,
            "ready_ms": driver.ways[name]["ready_us"] / 1e3, "first_us": first["p50_us"], **calls}


def run(arguments):
    """Rounds in which everybody has a turn, forwards and backwards, all of them connected all the time."""
    for needed, how in [(WARDED, "cargo build --release -p warded"), (SDK, "cargo xtask peers"), (REMOTE, "cargo xtask peers")]:
        if not needed.exists():
            sys.exit(f"{needed} is missing: {how}")
    folder = WORK / "results"
    folder.mkdir(parents=True, exist_ok=True)
    path = pathlib.Path(arguments.out) if arguments.out else folder / time.strftime("bridge-%Y-%m-%dT%H%M%S.jsonl")
    names = ["direct", *(name for name in bridges() if name in arguments.only.split(","))]
    server = Started("bridge-server", LOAD_CPU)
    server.start("node", HERE / "bridge" / "server.mjs", PORT, CREDENTIAL)
    time.sleep(1)
    with open(path, "w") as raw:
        for start in range(arguments.starts):
            driver = Driver(names)
            # What compiles as it runs has compiled by then.
            for name in names:
                driver.measure(name, "calls", arguments.warm)
                driver.measure(name, "streams", 5)
            for turn in range(arguments.rounds):
                for name in names if turn % 2 == 0 else reversed(names):
                    found = {"round": start * arguments.rounds + turn,
                             **block(driver, name, arguments.calls, arguments.streams)}
                    raw.write(json.dumps(found) + "\n")
                    raw.flush()
                    print(f"{found['round']} {name:10} {found['p50_us']:7.0f} us  CPU {found['cpu_us']:7.1f} us  "
                          f"{found['pss_mib']:6.1f} MiB  first {found['first_us']:6.0f} us  others {found['others']:.2f}",
                          file=sys.stderr, flush=True)
            driver.stop()
    server.stop()
    print(f"raw samples: {path}\n")
    print(of(path))


def of(path):
    """The tables of a file of raw samples."""
    samples = defaultdict(dict)
    with open(path) as raw:
        for sample in map(json.loads, raw):
            samples[sample["name"]][sample["round"]] = sample
    middle = lambda name, what: median(sample[what] for sample in samples[name].values())

    def ratios(one, other, what):
        both = samples[one].keys() & samples[other].keys()
        return sorted(samples[one][turn][what] / samples[other][turn][what] for turn in both)

    rows = [[name, f"{middle(name, 'p50_us'):.0f}", report.spread(ratios(name, "direct", "p50_us")),
             f"{middle(name, 'p99_us'):.0f}", f"{middle(name, 'first_us'):.0f}",
             report.spread(ratios(name, "direct", "first_us")), f"{middle(name, 'cpu_us'):.0f}", f"{middle(name, 'pss_mib'):.1f}",
             f"{middle(name, 'ready_ms'):.0f}"] for name in samples]
    goals = [[what, report.spread(found), f"{least}", "met" if median(found) >= least else "missed"]
             for what, one, other, by, least in GOALS
             if one in samples and other in samples and (found := ratios(one, other, by))]
    head = ("way", "a call, p50 us", "beside `direct`", "p99 us", "first word of a stream, p50 us", "beside `direct`",
            "CPU of the bridge, us per call", "its memory, PSS MiB", "ready after, ms")
    rounds = max(len(turns) for turns in samples.values())
    return "\n".join([f"Medians of {rounds} rounds; ratios are taken within a round (least to most).\n",
                      report.table(head, rows), report.table(("goal", "ratio", "at least", ""), goals)])


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    commands = parser.add_subparsers(required=True)
    command = commands.add_parser("run", help=run.__doc__, description=run.__doc__)
    command.set_defaults(does=run)
    command.add_argument("--only", default="warded,mcp-remote", help="bridges, with commas between them")
    command.add_argument("--starts", type=int, default=3, help="how often everybody is started anew")
    command.add_argument("--rounds", type=int, default=5, help="rounds after each start")
    command.add_argument("--calls", type=int, default=2000)
    command.add_argument("--streams", type=int, default=40)
    command.add_argument("--warm", type=int, default=5000)
    command.add_argument("--out", default="")
    reported = commands.add_parser("report", help=of.__doc__)
    reported.add_argument("file")
    reported.set_defaults(does=lambda arguments: print(of(arguments.file)))
    arguments = parser.parse_args()
    arguments.does(arguments)


if __name__ == "__main__":
    main()
