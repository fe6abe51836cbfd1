"""What the machine says: processes that are started and ended, the processor time that they took, their memory."""

import atexit
import os
import pathlib
import re
import shutil
import signal
import subprocess

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent
WORK = ROOT / "target" / "bench"
FLOOR = ROOT / "target" / "release" / "warded-floor"
WARDED = pathlib.Path(os.environ.get("WARDED", ROOT / "target" / "release" / "warded"))
ENVOY = WORK / "envoy" / "envoy" / "_bin" / "envoy"
UPSTREAM = 9300
GATE_CPU, LOAD_CPU = 0, 1

_running = []


def _end(process):
    for how in (signal.SIGTERM, signal.SIGKILL):
        if process.poll() is None:
            try:
                os.killpg(process.pid, how)
                process.wait(5)
            except (ProcessLookupError, subprocess.TimeoutExpired):
                pass
    if process in _running:
        _running.remove(process)


atexit.register(lambda: [_end(process) for process in list(_running)])
signal.signal(signal.SIGTERM, lambda *_: exit(1))


class Started:
    """A program with a folder of its own, bound to one processor."""

    def __init__(self, name, cpu):
        self.name, self.cpu, self.process = name, cpu, None
        self.folder = WORK / "run" / name
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True)

    def write(self, name, text):
        path = self.folder / name
        path.write_text(text)
        return str(path)

    def start(self, *command):
        def before():
            os.setsid()
            os.sched_setaffinity(0, {self.cpu})

        log = open(self.folder / "log", "ab")
        self.process = subprocess.Popen(
            [str(word) for word in command], cwd=self.folder, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
            preexec_fn=before, env={**os.environ, "HOME": str(self.folder)})
        _running.append(self.process)

    def log(self):
        return (self.folder / "log").read_text(errors="replace")[-2000:]

    def has_ended(self):
        return self.process.poll() is not None

    def stop(self):
        _end(self.process)

    def processes(self):
        return processes(self.process.pid)

    def cpu_us(self):
        return cpu_us(self.process.pid)

    def user_us(self):
        """The part of it that was not the kernel's, in hundredths of a second."""
        ticks = 0
        for pid in self.processes():
            for task in _tasks(pid):
                try:
                    ticks += int((task / "stat").read_text().rpartition(")")[2].split()[11])
                except OSError:
                    pass
        return ticks * 1e6 / os.sysconf("SC_CLK_TCK")

    def resident_mib(self):
        total = 0
        for pid in self.processes():
            try:
                text = pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text()
                total += int(re.search(r"^Rss:\s+(\d+)", text, re.M)[1])
            except OSError:
                pass
        return total / 1024


def _tasks(pid):
    try:
        return list(pathlib.Path(f"/proc/{pid}/task").iterdir())
    except OSError:
        return []


def processes(pid):
    """A process and all that came out of it."""
    found, left = [], [pid]
    while left:
        pid = left.pop()
        found.append(pid)
        for task in _tasks(pid):
            try:
                left += [int(child) for child in (task / "children").read_text().split()]
            except OSError:
                pass
    return found


def cpu_us(pid):
    """Processor time so far, of every thread of a process and of what came out of it, as the scheduler counts it."""
    total = 0
    for each in processes(pid):
        for task in _tasks(each):
            try:
                total += int((task / "schedstat").read_text().split()[0])
            except OSError:
                pass
    return total / 1e3


def pss_mib(pid):
    """Memory of a process and of what came out of it; what several processes share is divided among them."""
    total = 0
    for each in processes(pid):
        try:
            text = pathlib.Path(f"/proc/{each}/smaps_rollup").read_text()
            total += int(re.search(r"^Pss:\s+(\d+)", text, re.M)[1])
        except OSError:
            pass
    return total / 1024


def busy_us():
    """Processor time so far that anybody took."""
    ticks = os.sysconf("SC_CLK_TCK")
    first = pathlib.Path("/proc/stat").read_text().splitlines()[0].split()[1:]
    user, nice, system, _idle, _wait, irq, soft = (int(word) for word in first[:7])
    return (user + nice + system + irq + soft) * 1e6 / ticks
