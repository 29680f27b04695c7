"""The oracle soak for a while; `make soak` runs it for longer.

    SOAK_SECONDS  how long it storms (default 60)
    SEED          what everybody does (default: a new one, which is printed)
"""

import os
import pathlib
import random
import subprocess
import sys

SOAK = pathlib.Path(__file__).with_name("soak.py")


def test_soak():
    seconds = float(os.environ.get("SOAK_SECONDS", 60))
    seed = os.environ.get("SEED") or str(random.randrange(1 << 32))
    done = subprocess.run(
        [sys.executable, SOAK, "--seconds", str(seconds), "--seed", seed],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=seconds + 1200,
    )
    assert done.returncode == 0, done.stdout
