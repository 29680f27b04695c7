"""What storms while the soak's clients ask: killed backends, cancels from
elsewhere, reloads good and bad, questions about everything; and those who
watch the bounds meanwhile."""

import collections
import pathlib
import random
import re
import signal
import threading

from ndjson_client import Client

TABLES = (
    "pools",
    "databases",
    "servers",
    "clients",
    "batches",
    "stats",
    "config",
    "version",
)
POOL_SIZE = 8


class Worker(threading.Thread):
    """Does one thing over and over, with pauses, until it is over."""

    def __init__(self, stage, pause):
        super().__init__(name=type(self).__name__, daemon=True)
        self.stage, self.pause = stage, pause
        self.fanoutd, self.ledger = stage.fanoutd, stage.ledger
        self.rng = random.Random(f"{stage.seed}/{self.name}")
        self.over = threading.Event()

    def run(self):
        while not self.over.is_set():
            try:
                self.work()
            except Exception as e:  # the others go on
                self.ledger.finding(self.name, repr(e))
            self.over.wait(self.rng.uniform(0, 2 * self.pause))

    def finish(self):
        self.over.set()
        self.join(60)


class Asker(Worker):
    """A worker with a connection to the daemon."""

    def __init__(self, stage, pause):
        super().__init__(stage, pause)
        self.client = Client(self.fanoutd.address)

    def finish(self):
        super().finish()
        self.client.close()


class Killer(Worker):
    """pg_terminate_backend, now one of them, now all."""

    def __init__(self, stage, pause):
        super().__init__(stage, pause)
        self.pg = stage.connect_pg()

    def work(self):
        some = "" if self.rng.random() < 0.05 else "ORDER BY random() LIMIT 1"
        with self.pg.cursor() as cur:
            cur.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                f" WHERE application_name = %s {some}",
                [self.stage.name],
            )
            self.ledger.count("backends killed", cur.rowcount)

    def finish(self):
        super().finish()
        self.pg.close()


class Canceller(Asker):
    """Cancels what others asked for, by its name."""

    def work(self):
        with self.ledger.lock:
            asks = list(self.ledger.open.values())
            if not asks:
                return
            ask = self.rng.choice(asks)
            ask.cancelled = True
        self.client.send({"type": "cancel", "batch": ask.name})
        frame = self.client.next_frame()
        assert frame["type"] in ("cancelling", "error"), frame
        self.ledger.count("cancels from elsewhere")


class Reloader(Asker):
    """Changes what may be changed live, never upwards of the bound; by
    request or SIGHUP, and some files are wrong."""

    def work(self):
        good = self.rng.random() < 0.8
        sections = {k: dict(v) for k, v in self.fanoutd.sections.items()}
        own = sections["database postgres"]
        own["pool_size"] = self.rng.choice((POOL_SIZE, POOL_SIZE, 5, 3))
        own["server_lifetime"] = self.rng.choice(("2s", "1h"))
        sections["fanoutd"]["client_buffer"] = self.rng.choice(
            ("64kB", "256kB")
        )
        if not good:
            own["pool_sise"] = 1000
        self.reload(sections, good)

    def reload(self, sections, good):
        kept = self.fanoutd.sections
        self.fanoutd.write_config(sections)
        self.fanoutd.sections = kept
        if self.rng.random() < 0.3:
            self.fanoutd.signal(signal.SIGHUP)
        self.client.send({"type": "reload"})
        frame = self.client.next_frame()
        expected = "reloaded" if good else "error"
        assert frame["type"] == expected, frame
        self.ledger.count("reloads")

    def finish(self):
        self.over.set()
        self.join(60)
        self.reload(self.fanoutd.sections, True)
        self.client.close()


class Operator(Asker):
    """Does what an operator may do to a database in use."""

    def work(self):
        if self.rng.random() < 0.5:
            self.say("reconnect", "reconnecting")
            return
        self.say("pause", "paused")
        self.over.wait(self.rng.uniform(0, 0.1))
        self.say("resume", "resumed")

    def say(self, verb, answer):
        self.client.send({"type": verb})
        frame = self.client.next_frame()
        assert frame["type"] == answer, frame
        self.ledger.count("pauses, resumes, reconnects")


class Shower(Asker):
    """Asks about everything; the daemon's own word on its bounds."""

    def work(self):
        for table in TABLES:
            self.check(table, self.client.show(table))
            self.ledger.count("shows")

    def check(self, table, rows):
        if table == "servers":
            each = collections.Counter(row["database"] for row in rows)
            most = max(each.values(), default=0)
            self.ledger.peak("connections, by show servers", most)
            assert most <= POOL_SIZE, f"show servers: {each}"
        if table == "databases":
            for row in rows:
                n = row["current_connections"]
                assert n <= POOL_SIZE, f"show databases: {row}"


class Counter(Worker):
    """Asks the server, all the time, how many connections it has."""

    def __init__(self, stage, pause):
        super().__init__(stage, pause)
        self.pg = stage.connect_pg()

    def work(self):
        n = self.stage.sessions(self.pg)
        self.ledger.count("samples of the server")
        self.ledger.peak("connections, by the server", n)
        if n > POOL_SIZE:
            self.ledger.finding("OVER THE BOUND, says the server", n)

    def finish(self):
        super().finish()
        self.pg.close()


class Gauge(Worker):
    """The daemon's memory, descriptors and threads."""

    def work(self):
        for what, n in measure(self.fanoutd).items():
            self.ledger.peak(what, n)


def measure(fanoutd):
    proc = pathlib.Path(f"/proc/{fanoutd.pid}")
    status = (proc / "status").read_text()
    return {
        "RSS kB": int(re.search(r"VmRSS:\s+(\d+)", status)[1]),
        "descriptors": len(list((proc / "fd").iterdir())),
        "threads": int(re.search(r"Threads:\s+(\d+)", status)[1]),
    }
