"""scripts/demo, from where it has built what it shows."""

import pathlib
import signal
import subprocess
import sys
import time

import pytest

import daemon as daemons
from sql import wait_until

DEMO = daemons.ROOT / "scripts" / "demo_run.py"
ENGINE_FLAGS = {"sqlite": [], "postgres": ["--postgres"]}


def start(engine, repeats, folder):
    return subprocess.Popen(
        [sys.executable, "-B", str(DEMO), "--build", str(daemons.BUILD),
         "--repeat", str(repeats), *ENGINE_FLAGS[engine]],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        env={**daemons.ENVIRONMENT, "TMPDIR": str(folder)},
    )  # fmt: skip


def after(title, out):
    """The lines of one part of the output."""
    return out.split(f"\n{title}", 1)[1].split("\n\n", 1)[0]


@pytest.mark.bound(120)
def test_it_shows_counts_waterfall_and_quotient(engine, folder):
    demo = start(engine, 2, folder)
    out, err = demo.communicate(timeout=100)
    assert demo.returncode == 0, err
    for part in ("One after another", "As one batch"):
        lines = [line.split() for line in after(part, out).splitlines()]
        counts = {words[0]: words[1] for words in lines if "rows" in words}
        assert counts == {"slow": "11,128", "fast": "822", "medium": "3,900"}
    assert "█" in out
    assert after("In short", out).count(" s ") == 2 * 4
    assert all(len(line) <= 80 for line in out.splitlines())
    assert list(folder.iterdir()) == []


@pytest.mark.bound(120)
@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_interrupted_it_leaves_nothing(engine, folder, how):
    demo = start(engine, 5000, folder)
    wait_until(lambda: sockets(folder), what="the daemon's socket")
    place = sockets(folder)[0].parent
    time.sleep(0.3)  # within the loading, which takes far longer
    demo.send_signal(how)
    demo.communicate(timeout=60)
    assert demo.returncode == (130 if how == signal.SIGINT else 143)
    assert not place.exists()
    assert not processes(place)


def sockets(folder):
    return list(folder.glob("fanout-demo-*/fanout.sock"))


def processes(place):
    """Those whose command line names that folder."""
    found = []
    for path in pathlib.Path("/proc").glob("[0-9]*/cmdline"):
        try:
            found += [path] if str(place) in path.read_text() else []
        except OSError:
            pass  # it ended meanwhile
    return found
