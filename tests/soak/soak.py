#!/usr/bin/python3
"""The oracle soak: 64 clients over a pool of 8, everything at once, then
quiet. Nobody may see a row that another one asked for, every statement has
one verdict and a reason for it, no bound is passed, and afterwards all is
back where it was.

    soak.py [--seconds N] [--seed N] [--keep]

The seed selects what everybody does; what meets what is up to the clock.
FANOUT_BUILD is the folder with fanoutd. Exits with 1 where anything is wrong.
With --keep the server logs every statement, and all logs stay for reading.
"""

import argparse
import pathlib
import random
import shutil
import sqlite3
import sys
import tempfile
import time

TESTS = pathlib.Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTS / "support"), str(TESTS / "soak")]

import psycopg2  # noqa: E402

import storm  # noqa: E402
from batches import QUERY_TIMEOUT  # noqa: E402
from daemon import Daemon, sanitized  # noqa: E402
from ledger import Ledger  # noqa: E402
from ndjson_client import Client  # noqa: E402
from pg_server import PgServer  # noqa: E402
from visitors import Visitor  # noqa: E402

CLIENTS = 64
KEPT = 2  # min_pool_size
WARM_UP = 0.15  # of the time
QUIET = 120  # seconds in which everything must have finished
RSS_MARGIN_KB = 16 * 1024
RSS_BOUND_KB = 128 * 1024  # at any moment
# The loop's, one of each SQLite connection, the executor's: started when they
# are first needed, then kept.
THREADS = 1 + KEPT + 8
VERDICTS = ("ok", "error", "skipped", "cancelled", "not_sent", "unknown")


class Stage:
    """A daemon with two databases, and what is around it."""

    name = "fanout-soak"

    def __init__(self, folder, seed):
        self.folder, self.seed = folder, seed
        self.ledger = Ledger()
        self.server = PgServer(folder / "pg")
        self.sqlite = folder / "soak.db"
        self.make_tables()
        self.fanoutd = Daemon(folder, self.sections())

    def make_tables(self):
        self.server.ask("CREATE TABLE soak (nonce text, i int)")
        self.server.ask("CREATE VIEW soak_view AS SELECT nonce, i FROM soak")
        db = sqlite3.connect(self.sqlite)
        db.execute("CREATE TABLE soak (nonce text, i int)")
        db.close()

    def sections(self):
        own = {
            "pool_size": storm.POOL_SIZE,
            "query_timeout": f"{QUERY_TIMEOUT:.0f}s",
            "server_idle_timeout": "1s",
            "min_pool_size": KEPT,
        }
        conninfo = f"{self.server.conninfo} application_name={self.name}"
        return {
            "fanoutd": {
                "client_buffer": "256kB",
                "client_write_timeout": "5s",
                "shutdown_timeout": "10s",
            },
            "database postgres": {
                "engine": "postgres",
                "conninfo": conninfo,
                "server_login_retry": "10ms",
                **own,
            },
            "database sqlite": {
                "engine": "sqlite",
                "path": self.sqlite,
                **own,
            },
        }

    def log_statements(self):
        self.server.ask("ALTER SYSTEM SET log_statement = 'all'")
        self.server.ask("ALTER SYSTEM SET log_line_prefix = '%%m [%%p] %%a '")
        self.server.ask("SELECT pg_reload_conf()")

    def connect_pg(self):
        conn = psycopg2.connect(self.server.conninfo)
        conn.autocommit = True
        return conn

    def sessions(self, conn=None):
        """Connections that the server counts."""
        with (conn or self.server.conn).cursor() as cur:
            cur.execute(
                "SELECT count(*) FROM pg_stat_activity"
                " WHERE application_name = %s",
                [self.name],
            )
            return cur.fetchone()[0]

    def state(self):
        """What must be the same before and after."""
        return {**storm.measure(self.fanoutd), "sessions": self.sessions()}

    def stop(self):
        try:
            self.fanoutd.stop()
        finally:
            self.server.stop()


def blow(stage, seconds, first):
    """Everything at once for so long, then until all have their answers.
    Visitors are numbered from FIRST."""
    patience = 5 if sanitized() else 1
    workers = [
        storm.Counter(stage, 0.01),
        storm.Gauge(stage, 0.5),
        storm.Shower(stage, 0.1),
        storm.Killer(stage, 0.2),
        storm.Canceller(stage, 0.1),
        storm.Reloader(stage, 0.5),
        storm.Operator(stage, 1.0),
    ]
    visitors = [
        Visitor(first + i, stage.seed, stage.fanoutd, stage.ledger, patience)
        for i in range(CLIENTS)
    ]
    for thread in workers + visitors:
        thread.start()
    time.sleep(seconds)
    for worker in workers[3:]:
        worker.finish()
    calm(stage, visitors, QUIET * patience)
    for worker in workers[:3]:
        worker.finish()


def calm(stage, visitors, patience):
    """Nobody begins anything new; everything that is open must finish."""
    started = time.monotonic()
    for visitor in visitors:
        visitor.over.set()
    for visitor in visitors:
        left = patience - (time.monotonic() - started)
        visitor.join(max(left, 0.01))
        if visitor.is_alive():
            stage.ledger.finding("no end", visitor.name)
    stage.ledger.peak(
        "quiet after ms", int(1e3 * (time.monotonic() - started))
    )


def settle(stage, goal=None):
    """The state when all is quiet: no batch, nobody in the pool, and only
    KEPT connections. With a GOAL, until that is met."""
    deadline = time.monotonic() + 60
    while True:
        use_kept(stage)
        quiet = is_quiet(stage)
        state = stage.state()
        if quiet and state["sessions"] == KEPT:
            if all(state[k] <= n for k, n in (goal or {}).items()):
                return state
        if time.monotonic() > deadline:
            stage.ledger.finding("NOT BACK", goal or "at rest", state)
            return state
        time.sleep(0.2)


def use_kept(stage):
    """SQLite opens some of its files only when a connection is first used:
    so that each has been."""
    look = [{"sql": "SELECT sleep(0.05) FROM (SELECT count(*) FROM soak)"}]
    with Client(stage.fanoutd.address) as client:
        client.batch(look * KEPT, db="sqlite", dispatch="independent")


def is_quiet(stage):
    with Client(stage.fanoutd.address) as client:
        pools = client.show("pools")
        return (
            client.show("batches") == []
            and len(client.show("clients")) == 1
            and all(p["sv_active"] + p["waiting"] == 0 for p in pools)
            and all(p["sv_idle"] == KEPT for p in pools)
        )


def check_memory(ledger):
    most = ledger.peaks["RSS kB"]
    if not sanitized() and most > RSS_BOUND_KB:
        ledger.finding("MEMORY over its bound, kB", most, RSS_BOUND_KB)


def check_tables(stage):
    """Every row that a verdict promised, and no other."""
    counts = stage.server.ask("SELECT nonce, count(*) FROM soak GROUP BY 1")
    stage.ledger.check_written("postgres", dict(counts))
    db = sqlite3.connect(stage.sqlite)
    counts = db.execute("SELECT nonce, count(*) FROM soak GROUP BY 1")
    stage.ledger.check_written("sqlite", dict(counts))
    db.close()


def soak(stage, seconds):
    """The states before and after."""
    blow(stage, seconds * WARM_UP, first=1000)
    before = settle(stage)
    goal = {
        **before,
        "RSS kB": before["RSS kB"] + RSS_MARGIN_KB,
        "threads": max(before["threads"], THREADS),
    }
    if sanitized():
        del goal["RSS kB"]  # freed memory is kept from use for long
    blow(stage, seconds * (1 - WARM_UP), first=1)
    after = settle(stage, goal)
    check_memory(stage.ledger)
    check_tables(stage)
    return before, after


def table(stage, seconds, before, after):
    counts, peaks = stage.ledger.counts, stage.ledger.peaks
    statements = sum(counts[v] for v in VERDICTS)
    yield "seed", stage.seed
    yield "seconds", f"{seconds:g}"
    yield "clients at once", CLIENTS
    for what in (
        "clients",
        "vanished clients",
        "clients that took nothing",
        "batches",
        "batches left behind",
    ):
        yield what, counts[what]
    yield "statements with a verdict", statements
    for verdict in VERDICTS:
        yield f"  {verdict}", counts[verdict]
    yield "rows, each with its nonce", counts["rows"]
    yield "nonces written and looked for", len(stage.ledger.written)
    for what in (
        "cancels",
        "cancels from elsewhere",
        "backends killed",
        "reloads",
        "pauses, resumes, reconnects",
        "shows",
        "samples of the server",
    ):
        yield what, counts[what]
    yield "pool_size", storm.POOL_SIZE
    for what in ("connections, by the server", "connections, by show servers"):
        yield "most " + what, peaks[what]
    for what in before:
        most = f", most {peaks[what]}" if what in peaks else ""
        yield f"{what} before, after", f"{before[what]}, {after[what]}{most}"
    yield "all quiet within ms", peaks["quiet after ms"]
    yield "findings", sum(stage.ledger.findings.values())
    for kind, n in stage.ledger.findings.items():
        yield f"  {kind}", n


def arguments():
    a = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    a.add_argument("--seconds", type=float, default=600)
    a.add_argument("--seed", type=int, default=random.randrange(1 << 32))
    a.add_argument("--keep", action="store_true")
    return a.parse_args()


def keep_logs(stage):
    """Before the server's folder goes."""
    log = stage.folder / "pg" / "log"
    shutil.copy(log, stage.folder / "postgres.log")
    print(f"soak: logs are in {stage.folder}")


def run(seconds, seed, keep=False):
    """The findings; none is what one hopes for."""
    print(f"soak: seed {seed}, {seconds:g} s", flush=True)
    folder = pathlib.Path(tempfile.mkdtemp(prefix="fanout-soak-"))
    folder.chmod(0o755)
    stage = Stage(folder, seed)
    try:
        if keep:
            stage.log_statements()
        figures = soak(stage, seconds)
        for what, value in table(stage, seconds, *figures):
            print(f"{what:32} {value}")
    finally:
        if keep:
            keep_logs(stage)
        stage.stop()
        if not keep:
            shutil.rmtree(folder, ignore_errors=True)
    return stage.ledger.findings


def main():
    args = arguments()
    sys.exit(1 if run(args.seconds, args.seed, args.keep) else 0)


if __name__ == "__main__":
    main()
