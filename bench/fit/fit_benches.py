#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""An epoch of fit beside Keras, PyTorch and plain JAX: processes that take turns on one core, medians over the rounds.

    fit_benches.py --programs DIR [--keras PYTHON] [--pytorch PYTHON] [--jax PYTHON] [--models mlp lstm] [--rounds 3]
                   [--page docs/benchmarks/fit.md]

DIR has the programs mlp, cnn, lstm, encoder of this folder: g++ -std=c++20 -O3 -march=native -DNDEBUG -I include. The
Pythons have keras, tensorflow and jax; torch; jax. Ratios are made within a round. On the page a peer stays below the
telar that it ran beside, until it runs again."""
import argparse
import csv
import json
import os
import pathlib
import statistics
import subprocess

HERE = pathlib.Path(__file__).resolve().parent
MODELS = ("mlp", "cnn", "lstm", "encoder")
BY_JAX = ("mlp", "lstm")
BESIDE = "telar, beside those below"
WHAT = {"mlp": "784-128-10, 12,800 samples", "cnn": "two convolutions of 32 and 64, 28 x 28, 1,280 samples",
        "lstm": "LSTM 64 over 28 steps of 28, 2,560 samples", "encoder": "two blocks, 4 heads, 32 x 64, 1,280 samples"}
ENVIRONMENT = {**os.environ, "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1", "TF_CPP_MIN_LOG_LEVEL": "3",
               "CUDA_VISIBLE_DEVICES": "-1", "TORCHINDUCTOR_COMPILE_THREADS": "1",
               "TF_NUM_INTRAOP_THREADS": "1", "TF_NUM_INTEROP_THREADS": "1",
               "XLA_FLAGS": "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"}


def turn(command, **extra):
    run = subprocess.run(["taskset", "-c", "0", *map(str, command)], env={**ENVIRONMENT, **extra},
                         capture_output=True, text=True)
    lines = [line for line in run.stdout.splitlines() if line.startswith("{")]
    if not lines:
        raise SystemExit(f"{command}: {run.stderr[-400:]}")
    return json.loads(lines[-1])


def time_text(s):
    return f"{s * 1e6:.3g} us" if s < 1e-3 else f"{s * 1e3:.3g} ms" if s < 1 else f"{s:.3g} s"


parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("--programs", type=pathlib.Path, required=True)
parser.add_argument("--keras")
parser.add_argument("--pytorch")
parser.add_argument("--jax")
parser.add_argument("--models", nargs="+", choices=MODELS, default=MODELS)
parser.add_argument("--rounds", type=int, default=3)
parser.add_argument("--page", type=pathlib.Path)
options = parser.parse_args()

KEYS = ("epoch", "predict", "first")
COLUMNS = ["model", "peer", *(f"{k}_s" for k in KEYS), *(f"{k}_ratio" for k in KEYS)]


def line_of(row):
    model, peer, *numbers = row
    return f"| {model} | {peer} | " + " | ".join(
        f"{time_text(float(numbers[k]))} | {float(numbers[k + 3]):.3g}" for k in range(3)) + " |"


def merged(model, old, new):
    """The rows of a model on the page: earlier ones stay below the telar of their own run, unless their peer ran again."""
    old, new = ([row for row in rows if row[0] == model] for rows in (old, new))
    is_telar = lambda row: row[1] in ("telar", BESIDE)
    again = {row[1] for row in new if not is_telar(row)}
    rows = [row for row in old if row[1] not in again] + new
    rows = [row for row, after in zip(rows, rows[1:] + [["", ""]]) if not (is_telar(row) and is_telar(after))]
    return [[model, BESIDE if i else "telar", *row[2:]] if is_telar(row) else row for i, row in enumerate(rows)]


rows = []
for model in options.models:
    turns = [lambda: turn([options.programs / model])]
    if options.keras:
        for backend in ("tensorflow", "jax"):
            turns.append(lambda b=backend: turn([options.keras, HERE / "by_keras.py", model], KERAS_BACKEND=b))
    if options.pytorch:
        turns.append(lambda: turn([options.pytorch, HERE / "by_pytorch.py", model]))
    if options.jax and model in BY_JAX:
        for unit in ("step", "epoch"):
            turns.append(lambda u=unit: turn([options.jax, HERE / "by_jax.py", model, u]))
    rounds = []
    for r in range(options.rounds):
        order = range(len(turns)) if r % 2 == 0 else reversed(range(len(turns)))
        rounds.append(dict((i, turns[i]()) for i in order))
    for i in range(len(turns)):
        median = {key: statistics.median(r[i][key] for r in rounds) for key in KEYS}
        ratio = {key: statistics.median(r[i][key] / r[0][key] for r in rounds) for key in KEYS}
        rows.append([model, rounds[0][i]["peer"], *(f"{median[k]:.6g}" for k in KEYS), *(f"{ratio[k]:.4g}" for k in KEYS)])
        print(line_of(rows[-1]), flush=True)
if options.page:
    file = options.page.with_suffix(".csv")
    old = list(csv.reader(file.open()))[1:] if file.exists() else []
    rows = [row for m in MODELS for row in merged(m, old, rows)]
    options.page.write_text(
        "# fit beside Keras, PyTorch and plain JAX\n\nBatches of 128, Adam, one core; processes take turns. Times are medians "
        "over the rounds, ratios are to telar within a round.\nPeers below a second row of telar ran beside it on another "
        "day, under another load. Made by `bench/fit/fit_benches.py`.\n\n"
        "* epoch: an epoch of `fit`; for PyTorch and JAX a plain loop over batches, for JAX also a scan over them\n"
        "* predict: one sample, by `predict` of Keras, a compiled call of PyTorch and JAX, `net(x)` of telar\n"
        "* first epoch: from the start of the program to the end of its first epoch; telar's program is compiled before\n\n"
        + "".join(f"* {m}: {w}\n" for m, w in WHAT.items())
        + "\n| model | | epoch | ratio | predict | ratio | first epoch | ratio |\n|---|---|---|---|---|---|---|---|\n"
        + "".join(line_of(row) + "\n" for row in rows))
    with file.open("w") as f:
        writer = csv.writer(f, lineterminator="\n")
        writer.writerow(COLUMNS)
        writer.writerows(rows)
