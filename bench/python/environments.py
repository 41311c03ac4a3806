#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""Makes the virtual environments of the Python peers, PATH/<peer>, each from its requirements-<peer>.txt. These list
all that is needed, so pip is told to add nothing. An environment that is there is brought up to date."""
import argparse
import pathlib
import shutil
import subprocess
import venv

HERE = pathlib.Path(__file__).resolve().parent
PEERS = sorted(f.stem.removeprefix("requirements-") for f in HERE.glob("requirements-*.txt"))
GIGABYTES = 15  # of free disk: all four take 6.5


def make(path):
    free = shutil.disk_usage(path.parent).free
    if free < GIGABYTES * 2**30:
        raise SystemExit(f"{path}: {free / 2**30:.1f} GB are free on this disk, {GIGABYTES} are wanted")
    python = path / "bin" / "python"
    if not python.exists():
        venv.create(path, with_pip=True)
    requirements = HERE / f"requirements-{path.name}.txt"
    subprocess.run([python, "-m", "pip", "install", "--quiet", "--no-deps", "-r", requirements], check=True)
    subprocess.run([python, "-c", "import numpy"], check=True)
    print(f"{path}: made from {requirements.name}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("path", type=pathlib.Path)
    parser.add_argument("peer", nargs="*", help=f"of {', '.join(PEERS)}; none: all of them")
    options = parser.parse_args()
    unknown = sorted(set(options.peer) - set(PEERS))
    if unknown:
        parser.error(f"no such peer: {', '.join(unknown)}")
    options.path.mkdir(parents=True, exist_ok=True)
    for peer in options.peer or PEERS:
        make(options.path / peer)
