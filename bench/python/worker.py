# SPDX-License-Identifier: BSL-1.0
"""One peer in a process of its own: worker.py <peer>. It waits for a line of JSON, does what it says, answers with one.

    {"open": i}                               makes the variants of workload i, and compares them with NumPy in float64
    {"time": j, "slices": n, "seconds": s}    the median of n slices of variant j, s seconds each
"""
import importlib
import json
import os
import platform
import sys
import time
import traceback

import numpy as np

import workloads


def difference(got, expected, workload):
    """The worst difference; raises if one is over the tolerance."""
    if len(got) != len(expected):
        raise AssertionError(f"{len(got)} results, expected {len(expected)}")
    worst = 0.0
    for g, e in zip(got, expected):
        g, e = np.asarray(g, np.float64), np.asarray(e)
        if g.shape != e.shape:
            raise AssertionError(f"shape {g.shape}, expected {e.shape}")
        off = np.abs(g - e)
        worst = max(worst, float(off.max()))
        over = ~(off <= workload.absolute + workload.relative * np.abs(e))
        if over.any():
            i = np.unravel_index(np.argmax(np.where(over, np.nan_to_num(off, nan=np.inf), 0)), off.shape)
            raise AssertionError(f"number {tuple(map(int, i))} is {g[i]:.9g}, expected {e[i]:.9g}; {over.sum()} differ")
    return worst


class Worker:
    def __init__(self, peer):
        self.peer = importlib.import_module(f"by_{peer}")
        self.variants, self.calls = [], []

    def hello(self):
        rows = [[w.program, w.name, w.size] for w in workloads.ALL]
        return {"name": self.peer.name, "facts": self.peer.facts(), "python": platform.python_version(), "rows": rows}

    def open(self, index):
        workload = workloads.ALL[index]
        operands = workload.operands()
        reference = getattr(self.peer, "expected", lambda w, operands: w.expected(operands))
        expected = reference(workload, operands)
        self.variants, answer = [], []
        for variant in getattr(self.peer, workload.kind)(*workload.shape, *operands):
            try:
                for _ in range(workload.calls_compared):
                    variant.call()
                variant.wait()
                answer.append({"name": variant.name, "worst": difference(variant.result(), expected, workload)})
            except Exception as problem:
                traceback.print_exc()
                answer.append({"name": variant.name, "refused": f"{type(problem).__name__}: {problem}"[:300]})
            self.variants.append(variant)
        self.calls = [0] * len(self.variants)
        return {"variants": answer}

    def repeat(self, variant, calls):
        """Seconds that this process has computed: waiting for the core does not count, all of its threads do."""
        call = variant.call
        start = time.process_time_ns()
        for _ in range(calls):
            call()
        variant.wait()
        return 1e-9 * (time.process_time_ns() - start)

    def time(self, index, slices, seconds):
        variant = self.variants[index]
        if not self.calls[index]:
            self.repeat(variant, 3)  # what is compiled or allocated at first
            calls = 1
            while (taken := self.repeat(variant, calls)) < seconds / 2:
                calls *= 10 if taken < seconds / 50 else 2
            self.calls[index] = max(1, round(calls * seconds / taken))
        calls = self.calls[index]
        self.repeat(variant, (calls + 3) // 4)  # brings the data back into the caches
        taken = sorted(self.repeat(variant, calls) for _ in range(slices))
        return {"ns": 1e9 * taken[slices // 2] / calls, "calls": calls}


def main():
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what libraries print is no answer
    worker = Worker(sys.argv[1])
    answer = worker.hello()
    while True:
        print(json.dumps(answer), file=answers, flush=True)
        line = sys.stdin.readline()
        if not line:
            return
        request = json.loads(line)
        if "open" in request:
            answer = worker.open(request["open"])
        else:
            answer = worker.time(request["time"], request["slices"], request["seconds"])


main()
