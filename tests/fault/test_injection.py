"""One call fails: the Nth allocation, or the Nth system call, of a visit
that uses everything once. Whatever N is, the daemon lives, answers, has told
no lie, and an undisturbed visit afterwards finds all as it should be.

    FAULT_ALL=1   every N, up to the first that nothing fails at; otherwise a
                  sample, whose seed is in the name of what fails
    FAULT_SEED=7  the sample's seed
    FAULT_SECONDS=15
                  how long the sample of each case may take

What counts is called by the daemon's own code ("main"), or by a library of
its. libev's own allocations are left out: it ends the process when one fails.
"""

import os
import random
import time

import daemon as daemons
import pytest
from inject.control import NEVER, FailNth
from inject.visit import Visit, prepare

LIBRARY = daemons.BUILD / "tests" / "failnth.so"
ALL = os.environ.get("FAULT_ALL") == "1"
SEED = int(os.environ.get("FAULT_SEED", time.time()))
SAMPLE_SECONDS = int(os.environ.get("FAULT_SECONDS", 15))
MOST_FAILURES = 20
MOST_CONNECTIONS = 3  # what a visit sets pool_size to
LIBRARIES = "libpq,libsqlite3,libjansson"
CASES = {
    "memory": ("memory", "main"),
    "system": ("system", "main"),
    "memory of libraries": ("memory", LIBRARIES),
    "system of libraries": ("system", LIBRARIES),
}


@pytest.fixture
def failing(serve, pg, folder, monkeypatch):
    """failing(callers): a daemon whose calls can be made to fail."""
    if daemons.sanitized():
        pytest.skip("a sanitizer has an allocator of its own")
    assert LIBRARY.exists(), f"no {LIBRARY}: run make unit"

    def start(callers):
        fail = FailNth(LIBRARY.resolve(), folder, callers)
        with monkeypatch.context() as m:
            m.setattr(daemons, "UNDER", fail.wrap)
            d = serve(pg, pool_size=2, server_login_retry="1ms")
        prepare(d)
        return d, fail

    return start


class Round:
    """Visits to one daemon, disturbed and not, one after another."""

    def __init__(self, daemon, fail, kind):
        self.daemon, self.fail, self.kind = daemon, fail, kind
        self.key = 0
        self.told = []
        self.failures = []

    def visit(self, disturbed):
        self.key += 100
        visit = Visit(self.daemon, self.key, disturbed)
        self.told.append(visit.told)
        visit.run()
        return visit

    def disturbed_at(self, n):
        """Whether there was an Nth call to fail."""
        self.told.clear()
        self.fail.arm(self.kind, n)
        try:
            visit = self.visit(True)
            fired = self.fail.fired
            self.fail.disarm()
            assert self.daemon.process.poll() is None, "it is dead"
            self.visit(False).check_writes()
            visit.check_writes()
        except Exception as e:
            self.failures.append(f"{self.tell(n)}\n{e!r}")
            fired = True
        return fired

    @property
    def go_on(self):
        """One failure is seldom alone; a dead daemon has no more."""
        alive = self.daemon.process.poll() is None
        return alive and len(self.failures) < MOST_FAILURES

    def check(self):
        assert not self.failures, "\n\n".join(self.failures)

    def tell(self, n):
        self.fail.disarm()
        where = self.fail.where(daemons.FANOUTD)
        tail = self.daemon.stderr()[-1000:]
        return (
            f"N={n} (seed {SEED}): {where} failed"
            f"\ntold: {self.told}\nlog: {tail}"
        )

    def count(self):
        """How many calls there are, about; the first visit does more."""
        self.visit(False).check_writes()
        self.fail.arm(self.kind, NEVER)
        self.visit(False).check_writes()
        return self.fail.get("count")


def every_n(rounds):
    n = 1
    while rounds.disturbed_at(n) and rounds.go_on:
        n += 1


def some_n(rounds):
    """As many as fit into the time, from all over the visit."""
    total = rounds.count()
    assert total > 10, "the visit's calls are not seen"
    order = random.Random(SEED).sample(range(1, total + 1), total)
    deadline = time.monotonic() + SAMPLE_SECONDS
    fired = 0
    for n in order:
        fired += rounds.disturbed_at(n)
        if time.monotonic() > deadline or not rounds.go_on:
            break
    assert fired > 0


@pytest.mark.bound(7200 if ALL else 100 + 2 * SAMPLE_SECONDS)
@pytest.mark.parametrize("what", CASES)
def test_one_call_fails(failing, what):
    kind, callers = CASES[what]
    d, fail = failing(callers)
    rounds = Round(d, fail, kind)
    if ALL:
        rounds.count()
        every_n(rounds)
    else:
        some_n(rounds)
    rounds.check()
    assert d.place.connections() <= MOST_CONNECTIONS
