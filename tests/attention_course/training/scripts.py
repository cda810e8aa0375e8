"""The training scripts in processes of their own: how they are launched, and what they leave behind."""

import csv
import os
import subprocess
import sys

from autograder import ROOT

ALONE = [sys.executable]
TOGETHER = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2"]


def environment():
    return {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": str(ROOT)}


def curve(folder):
    with (folder / "curve.csv").open(encoding="utf-8") as file:
        return [float(row["loss"]) for row in csv.DictReader(file) if row["loss"]]


def complaint(arguments):
    """What a script says that refuses its options, on one line."""
    done = subprocess.run(arguments, env=environment(), capture_output=True, text=True, timeout=300)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    return " ".join(done.stderr.replace("│", " ").split())
