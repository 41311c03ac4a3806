#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""telar beside its Python peers: a process each, all on one core, which take turns, many rounds; ratios are made within
a round. A peer's process is started once, and works only when it is told to; telar's bench program is started anew for
each turn. Writes RESULTS/python_<program>.csv with the columns of bench/support/suite.cpp.

A turn is a few slices, of which the median counts, in the time that the process has computed. It includes what a call
costs in Python, since nobody calls these libraries from elsewhere. Needs the standard library alone."""
import argparse
import csv
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
PEERS = ["numpy", "pytorch", "tensorflow", "jax"]
SLICES, SLICES_OF_TELAR = 5, 15  # its process is new in each turn: the first slices warm it up
SECONDS_OF_A_ROW, FEWEST_ROUNDS = 60, 5
ENVIRONMENT = {
    **os.environ,
    # One thread.
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "TORCHINDUCTOR_COMPILE_THREADS": "1",
    "XLA_FLAGS": "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1",
    # Memory that is freed stays with the process: a call that makes an array does not pay for new pages.
    "GLIBC_TUNABLES": "glibc.malloc.mmap_max=0:glibc.malloc.trim_threshold=17179869184",
    "TF_CPP_MIN_LOG_LEVEL": "3",
    "PYTHONDONTWRITEBYTECODE": "1",
}
COLUMNS = (
    "workload,size,variant,median_ns,first_quartile_ns,third_quartile_ns,ratio,ratio_first_quartile,"
    "ratio_third_quartile,gflops,gbytes_per_s,bound,bound_percent,worst_difference,rounds,calls"
)


class Peer:
    """A worker.py, asked and answering in lines of JSON."""

    def __init__(self, peer, environments, logs):
        self.log = logs / f"{peer}.log"
        self.process = subprocess.Popen(
            [environments / peer / "bin" / "python", HERE / "worker.py", peer],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self.log.open("w"),
            text=True,
            env=ENVIRONMENT,
        )
        self.hello = self.answer()

    def answer(self):
        line = self.process.stdout.readline()
        if not line:
            raise ChildProcessError("its process ended: " + self.log.read_text(errors="replace")[-600:])
        return json.loads(line)

    def ask(self, **request):
        self.process.stdin.write(json.dumps(request) + "\n")
        self.process.stdin.flush()
        return self.answer()

    def open(self, row):
        return self.ask(open=row)["variants"]

    def end(self):
        self.process.stdin.close()
        self.process.wait()


class Telar:
    """A program of bench/run_time, started with one row as its filter."""

    def __init__(self, programs, logs):
        self.programs, self.csv = programs, logs / "telar.csv"

    def run(self, program, name, size, *options):
        """The file's facts, and the row of telar itself."""
        command = [self.programs / program, "--filter", f"{name} {size}", "--csv", self.csv, *options]
        self.csv.unlink(missing_ok=True)
        status = subprocess.run(command, stdout=subprocess.DEVNULL, env=ENVIRONMENT).returncode
        if not self.csv.exists():
            raise ChildProcessError(f"{program} ended with {status}")
        lines = self.csv.read_text().splitlines()
        facts = [line[2:].split(": ", 1) for line in lines if line.startswith("# ")]
        for row in csv.DictReader(line for line in lines if not line.startswith("# ")):
            if (row["workload"], row["size"], row["variant"]) == (name, size, "telar"):
                return dict(facts), row
        raise ChildProcessError(f"{program} has no such row of telar")


def time_text(ns):
    for unit, factor in (("ns", 1), ("us", 1e3), ("ms", 1e6)):
        if ns < 1000 * factor or unit == "ms":
            return f"{ns / factor:.3g} {unit}"


def quartiles(x):
    return statistics.quantiles(x, n=4, method="inclusive") if len(x) > 1 else [x[0]] * 3


def measured(turns, limit, wanted_rounds):
    """Times of each turn by rounds, in an order that turns; the number of calls in a slice of each."""
    times, calls = [[] for _ in turns], [0 for _ in turns]
    started, rounds = time.monotonic(), 0
    while rounds < wanted_rounds and (rounds < FEWEST_ROUNDS or time.monotonic() - started < limit):
        for turn in range(len(turns)):
            place = (rounds // 2 + turn) % len(turns)
            i = len(turns) - 1 - place if rounds % 2 else place
            ns, calls[i] = turns[i]()
            times[i].append(ns)
        rounds += 1
    return times, calls


class Bench:
    def __init__(self, options, logs):
        self.options = options
        self.failures = 0
        self.telar = Telar(options.programs, logs)
        self.peers = []
        self.facts = {}
        for peer in options.peers:
            if not (options.environments / peer / "bin" / "python").exists():
                print(f"{peer} is absent: {HERE / 'environments.py'} {options.environments} {peer} installs it")
                continue
            self.peers.append(Peer(peer, options.environments, logs))
            hello = self.peers[-1].hello
            name, version = hello["name"].split(" ", 1)
            self.facts["Python"] = hello["python"]
            self.facts[name] = f"{version.split(',')[0]}; {hello['facts']}"
        if not self.peers:
            raise SystemExit("there is nobody to compare with")
        self.facts["Python clock"] = "time of the process, all of its threads"
        self.facts["Python rounds"] = (
            f"{options.rounds} (at least {FEWEST_ROUNDS} where they take long), the median of {SLICES} slices, telar's "
            f"of {SLICES_OF_TELAR}, of {time_text(1e9 * options.slice)} each"
        )

    def run(self):
        files = {}
        for index, (program, name, size) in enumerate(self.peers[0].hello["rows"]):
            if self.options.filter not in f"{name} {size}":
                continue
            try:
                facts, whole = self.telar.run(program, name, size, "--quick")  # for the bound, which it measures
            except ChildProcessError as problem:
                self.refuse(name, size, "telar", problem)
                continue
            if not files:
                print("\n".join(self.header(program, facts)[:-1]))
            if program not in files:
                files[program] = self.header(program, facts)
            files[program] += self.row(index, program, name, size, whole)
        for program, lines in files.items():
            (self.options.results / f"python_{program}.csv").write_text("\n".join(lines) + "\n")
        for peer in self.peers:
            peer.end()
        return 1 if self.failures else 0

    def header(self, program, facts):
        kept = {key: facts[key] for key in facts if key not in ("bench", "clock", "rounds", "peers", "absent")}
        lines = [f"# {key}: {value}" for key, value in ({"bench": f"python_{program}"} | kept | self.facts).items()]
        return [*lines, COLUMNS]

    def refuse(self, name, size, variant, why):
        self.failures += 1
        print(f"{name} {size}: {variant} NOT TIMED: {why}", flush=True)

    def row(self, index, program, name, size, whole):
        """Compares, times and prints; the lines of the CSV file."""
        slice_options = ["--only", "telar", "--rounds", str(SLICES_OF_TELAR), "--slice", str(self.options.slice)]

        def turn_of_telar():
            row = self.telar.run(program, name, size, *slice_options)[1]
            return float(row["median_ns"]), int(row["calls"])

        def turn_of(peer, j):
            def turn():
                answer = peer.ask(time=j, slices=SLICES, seconds=self.options.slice)
                return answer["ns"], answer["calls"]

            return turn

        names, turns, worst = ["telar"], [turn_of_telar], [0.0]
        for peer in self.peers:
            for j, variant in enumerate(peer.open(index)):
                if "refused" in variant:
                    self.refuse(name, size, variant["name"], variant["refused"])
                    continue
                names.append(variant["name"])
                turns.append(turn_of(peer, j))
                worst.append(variant["worst"])
        times, calls = measured(turns, SECONDS_OF_A_ROW, self.options.rounds)
        operations, moved = (float(whole[key]) * float(whole["median_ns"]) for key in ("gflops", "gbytes_per_s"))
        bound = whole["bound"]
        lines = []
        for i, variant in enumerate(names):
            first, median, third = quartiles(times[i])
            ratio = quartiles([t / reference for t, reference in zip(times[i], times[0])])
            gflops, gbytes = operations / median, moved / median
            percent = 100 * (gbytes if "GB/s" in bound else gflops) / float(bound.split()[0])
            numbers = [median, first, third, ratio[1], ratio[0], ratio[2], gflops, gbytes]
            lines.append(
                f'"{name}","{size}","{variant}",{",".join(f"{x:.5g}" for x in numbers)},'
                f'"{bound}",{percent:.4g},{worst[i]:.3g},{len(times[i])},{calls[i]}'
            )
            print(
                f"{name:34} {size:14} {variant:28} {time_text(median):>10} {gflops:8.4g} GFLOP/s {percent:6.1f} % of "
                f"{bound:22} {ratio[1]:7.3f}  {ratio[0]:.2f}..{ratio[2]:.2f}",
                flush=True,
            )
        return lines


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    folder = pathlib.Path
    parser.add_argument("--environments", type=folder, required=True, help="the folder that environments.py made")
    parser.add_argument("--programs", type=folder, required=True, help="the folder of the built programs")
    parser.add_argument("--results", type=folder, required=True, help="where the CSV files go")
    parser.add_argument("--peers", nargs="+", default=PEERS, choices=PEERS)
    parser.add_argument("--filter", default="", help="only rows whose workload and size contain this")
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--slice", type=float, default=2e-3, help="seconds of one slice")
    parser.add_argument("--quick", action="store_true", help="few short rounds")
    options = parser.parse_args()
    if options.quick:
        options.rounds, options.slice = 3, 5e-4
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})  # and all that is started from here
    options.results.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as logs:
        sys.exit(Bench(options, pathlib.Path(logs)).run())


main()
