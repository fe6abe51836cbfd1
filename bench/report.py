"""Tables of raw samples: medians, and ratios that are taken within a round."""

import json
from collections import defaultdict
from statistics import median

REFERENCE = ("hyper", "none")

# What we want to be able to say: ours, whose, and at most how much of it.
GOALS = [
    ("CPU of a remembered token beside a bare proxy", ("warded", "one"), ("hyper", "none"), 1.5),
    ("CPU of a remembered token beside Envoy with the same rules", ("warded", "one"), ("envoy-gate", "one"), 0.3),
    ("10,000 tokens beside one", ("warded", "many"), ("warded", "one"), 1.15),
    ("10,000 servers beside two", ("warded-10k", "one"), ("warded", "one"), 1.05),
    ("a token that is verified every time, beside the floor", ("warded-cold", "one"), ("hyper-verify", "one"), 1.2),
]


def read(path):
    samples = defaultdict(dict)
    with open(path) as raw:
        for line in raw:
            sample = json.loads(line)
            samples[sample["name"], sample["load"]][sample["round"]] = sample
    return samples


def ratios(samples, ours, theirs):
    both = samples[ours].keys() & samples[theirs].keys()
    return sorted(samples[ours][turn]["cpu_us"] / samples[theirs][turn]["cpu_us"] for turn in both)


def table(head, rows):
    align = ["---"] + ["--:"] * (len(head) - 1)
    return "\n".join("| " + " | ".join(map(str, row)) + " |" for row in [head, align, *rows]) + "\n"


def spread(values):
    return f"{median(values):.2f} ({values[0]:.2f} to {values[-1]:.2f})" if values else "-"


def of(path):
    samples = read(path)
    middle = lambda one, what: median(sample[what] for sample in samples[one].values())
    rounds = max(len(turns) for turns in samples.values())
    costs = [[f"{one[0]}, {one[1]}", f"{middle(one, 'cpu_us'):.1f}", f"{middle(one, 'user_us'):.1f}",
              spread(ratios(samples, one, REFERENCE)),
              f"{middle(one, 'per_second'):.0f}", f"{middle(one, 'alone_us'):.0f}", f"{middle(one, 'load_mib'):.0f}"]
             for one in samples]
    names = {one[0]: one for one in samples}
    rest = [[name, f"{middle(one, 'start_ms'):.0f}", f"{middle(one, 'idle_mib'):.1f}"] for name, one in names.items()]
    goals = [[what, spread(found), f"{most:.2f}", "met" if median(found) <= most else "missed"]
             for what, ours, theirs, most in GOALS if (found := ratios(samples, ours, theirs))]
    head = ("contestant, tokens", "CPU, us per call", "of it outside the kernel", "beside `hyper`", "calls/s",
            "one caller, p50 us", "memory, MiB")
    return "\n".join([
        f"Medians of {rounds} rounds; ratios are taken within a round (least to most).\n", table(head, costs),
        table(("at rest", "first answer after, ms", "memory, MiB"), rest),
        table(("goal", "ratio", "at most", ""), goals)])


def of_events(found):
    middle = lambda samples, what: median(sample[what] for sample in samples)
    rows = [[name, f"{middle(samples, 'cpu_us'):.1f}", f"{middle(samples, 'p50'):.0f}", f"{middle(samples, 'p99'):.0f}",
             sum(sample["lost"] for sample in samples)] for name, samples in found.items()]
    return table(("contestant", "CPU, us per event", "age at arrival, p50 us", "p99 us", "lost"), rows)
