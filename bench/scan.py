#!/usr/bin/env python3
"""What does it cost to read a million lines? `warded scan`, and Semgrep with rules of the same matter written by hand."""

import argparse
import hashlib
import json
import os
import pathlib
import shutil
import subprocess
import sys
import threading
import time
from statistics import median

import report
from machine import HERE, ROOT, WARDED, WORK, pss_mib

SEMGREP = "1.182.0"
# What is around MCP as people have it installed: `cargo xtask score --large` fetches it.
LARGE = ROOT / "target" / "score" / "large"
LANGUAGES = {".py", ".js", ".mjs", ".cjs", ".ts", ".tsx", ".go", ".rs"}
# Semgrep leaves out what is larger unless it is told otherwise.
LARGEST = 1_000_000
CORPUS = WORK / "scan" / "corpus"
GOAL = 20


def semgrep():
    """Its program, installed on first use."""
    place = WORK / "scan" / "semgrep"
    program = place / "bin" / "semgrep"
    if not program.exists():
        subprocess.run([sys.executable, "-m", "venv", place], check=True)
        subprocess.run([place / "bin" / "pip", "install", "--quiet", f"semgrep=={SEMGREP}"], check=True)
    return program


def packages():
    """Every package that was installed there, whole, in an order that nobody chose."""
    found = []
    for tree in LARGE.iterdir():
        for holder in [tree, *tree.rglob("node_modules"), *tree.rglob("vendor")]:
            if tree.is_dir() and holder.is_dir():
                found += [each for each in holder.iterdir() if each.is_dir() and each.name not in ("node_modules", "vendor")]
    return sorted(found, key=lambda path: hashlib.sha256(str(path.relative_to(LARGE)).encode()).digest())


def sources(package):
    for folder, inner, names in os.walk(package):
        inner[:] = sorted(name for name in inner if name != "node_modules")
        yield from (pathlib.Path(folder, name) for name in sorted(names))


def corpus(lines):
    """Packages with so many lines together; how many files and lines there are of each language."""
    if not LARGE.is_dir():
        sys.exit("there is no code to read: run `cargo xtask score --large` first")
    shutil.rmtree(CORPUS, ignore_errors=True)
    CORPUS.mkdir(parents=True)
    taken, total = {}, 0
    for number, package in enumerate(packages()):
        for path in sources(package):
            if path.suffix not in LANGUAGES or path.is_symlink() or not 0 < path.stat().st_size <= LARGEST:
                continue
            # Folders with a name that says "somebody else's code" are left out by both, so theirs say nothing.
            copy = CORPUS / f"package-{number}" / package.name.lstrip(".") / path.relative_to(package)
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, copy)
            files, of_it = taken.get(path.suffix, (0, 0))
            count = path.read_bytes().count(b"\n")
            taken[path.suffix] = files + 1, of_it + count
            total += count
            if total >= lines:
                break
        if total >= lines:
            break
    # Without one of its own, at the top of a repository, Semgrep leaves out tests, `dist` and what is minified.
    (CORPUS / ".semgrepignore").write_text("")
    subprocess.run(["git", "init", "--quiet", CORPUS], check=True)
    return total, taken


# Our name for what is done, what of ours does it, and what of Semgrep's: with rules about one expression each, and with rules
# that follow values to where they are sent or given back.
MATTERS = {
    "all": [],
    "requests": ["--rule", "WRD101,WRD103"],
}
SEMGREPS = {
    "semgrep, all": ("all", ["requests.yaml", "audiences.yaml"]),
    "semgrep, all, following values": ("all", ["requests-following.yaml", "audiences-following.yaml"]),
    "semgrep, requests": ("requests", ["requests.yaml"]),
    "semgrep, requests, following values": ("requests", ["requests-following.yaml"]),
}


def contestants(program, jobs):
    ours = [WARDED, "--quiet", "scan", "--format", "json", "--config", WORK / "scan" / "none.toml"]
    by_semgrep = [program, "scan", "--quiet", "--metrics", "off", "--disable-version-check", "--no-git-ignore",
                  "--jobs", str(jobs), "--json"]
    with_rules = lambda files: [word for file in files for word in ("--config", HERE / "scan" / file)]
    return {
        **{f"warded, {matter}": [*ours, *only, "."] for matter, only in MATTERS.items()},
        **{name: [*by_semgrep, *with_rules(files), "."] for name, (_, files) in SEMGREPS.items()},
    }


def looked_at(name, answer):
    answer = json.loads(answer)
    if name.startswith("warded"):
        return answer["summary"]["files"], len(answer["findings"])
    return len(answer["paths"]["scanned"]), len(answer["results"])


def once(name, command):
    """One run: seconds, seconds of processors, and the most memory that was seen at a time."""
    before, began = os.times(), time.monotonic()
    process = subprocess.Popen([str(word) for word in command], cwd=CORPUS, stdout=subprocess.PIPE,
                               stderr=subprocess.PIPE, env={**os.environ, "HOME": str(WORK / "scan")})
    most, ended = [0.0], threading.Event()

    def watch():
        while not ended.wait(0.1):
            most[0] = max(most[0], pss_mib(process.pid))

    watching = threading.Thread(target=watch)
    watching.start()
    answer, complaints = process.communicate()
    ended.set()
    watching.join()
    took, after = time.monotonic() - began, os.times()
    # Findings are no failure: 11 to 14 say which there are.
    if process.returncode not in (0, 1, 11, 12, 13, 14) or not answer:
        sys.exit(f"{name} failed ({process.returncode}): {complaints.decode(errors='replace')[-2000:]}")
    files, findings = looked_at(name, answer)
    cpu = after.children_user + after.children_system - before.children_user - before.children_system
    return {"name": name, "seconds": took, "cpu": cpu, "mib": most[0], "files": files, "findings": findings}


def run(arguments):
    """Runs both in turns, and shows what it cost."""
    if not WARDED.exists():
        sys.exit("there is no release build: run `cargo build --release` first, or name one in WARDED")
    jobs = len(os.sched_getaffinity(0))
    program = semgrep()
    (WORK / "scan" / "none.toml").write_text("")
    lines, taken = corpus(arguments.lines)
    samples = []
    for turn in range(arguments.rounds):
        for name, command in contestants(program, jobs).items():
            sample = once(name, command) | {"round": turn}
            samples.append(sample)
            print(f"round {turn + 1}: {name} {sample['seconds']:.1f} s", file=sys.stderr)
    show(lines, taken, jobs, samples)


def show(lines, taken, jobs, samples):
    of = lambda name, what: [sample[what] for sample in samples if sample["name"] == name]
    languages = ", ".join(f"`{suffix}` {files} files, {count} lines" for suffix, (files, count) in sorted(taken.items()))
    print(f"{lines} lines: {languages}; {jobs} processors; medians of {len(of('warded, all', 'seconds'))} rounds; Semgrep {SEMGREP}\n")
    rows = []
    for name in (*(f"warded, {matter}" for matter in MATTERS), *SEMGREPS):
        cpu = median(of(name, "cpu"))
        rows.append([name, f"{median(of(name, 'seconds')):.1f}", f"{cpu:.1f}", f"{lines / cpu:.0f}",
                     f"{median(of(name, 'mib')):.0f}", of(name, "files")[0], of(name, "findings")[0]])
    print(report.table(("scanner", "seconds", "seconds of processors", "lines per core-second", "memory, PSS MiB",
                        "files read", "findings"), rows))
    for other, (matter, _) in SEMGREPS.items():
        ours = f"warded, {matter}"
        print()
        for what, key in (("time", "seconds"), ("processors", "cpu"), ("memory", "mib")):
            both = sorted(theirs / our for our, theirs in zip(of(ours, key), of(other, key)))
            print(f"{what} of {other} beside {ours}: {report.spread(both)}")
        both = [theirs / our for our, theirs in zip(of(ours, "seconds"), of(other, "seconds"))]
        print(f"at least {GOAL} times as fast: {'met' if median(both) >= GOAL else 'missed'}")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lines", type=int, default=1_000_000, help="how many are read")
    parser.add_argument("--rounds", type=int, default=3)
    run(parser.parse_args())


if __name__ == "__main__":
    main()
