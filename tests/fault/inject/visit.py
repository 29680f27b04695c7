"""One visit to the daemon that uses everything once, always in the same way,
and checks what it is told: that of an undisturbed visit all is as it should
be, and of a disturbed one that nothing of it is a lie."""

import sqlite3

from ndjson_client import Batch, Lost
from sql import FOREVER

BOUND = 15.0
ROWS = 300
SHOWN = ("pools", "databases", "servers", "clients", "stats", "config")
DATABASES = {"pg": "postgres", "main": "sqlite"}
NUMBERS = {
    "pg": f"SELECT i, repeat('x', 90) FROM generate_series(1, {ROWS}) AS g(i)",
    "main": "WITH RECURSIVE g(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM g"
    f" WHERE i < {ROWS}) SELECT i, '{'x' * 90}' FROM g",
}
EXPECTED = [[str(i), "x" * 90] for i in range(1, ROWS + 1)]
SESSION = {
    "pg": "SET work_mem = '7MB'",
    "main": "CREATE TEMP TABLE mine (a int)",
}
DIVISION = {"pg": "SELECT 1 / 0", "main": "SELECT abs(-9223372036854775808)"}


def tell(b):
    """Without its rows."""
    return [f for f in b.frames if f["type"] != "rows"]


def prepare(daemon):
    """The tables that visits write to."""
    c = daemon.connect()
    for db in DATABASES:
        b = c.batch("CREATE TABLE kept (a int)", db=db)
        assert b.status() == ["ok"], tell(b)


class Visit:
    """KEY is this visit's own: what it writes is told by it."""

    def __init__(self, daemon, key, disturbed):
        self.daemon, self.key, self.disturbed = daemon, key, disturbed
        self.verdicts = {}  # (database, value) -> status
        self.told = []  # for a failing test

    def run(self):
        """True when it came to its end: the connection was not lost."""
        try:
            self.client = self.daemon.connect()
            self.go()
            return True
        except (Lost, ConnectionError) as e:
            self.told.append(repr(e))
            assert self.disturbed, e
            return False
        finally:
            self.client.close()
            self.daemon.clients.remove(self.client)

    def go(self):
        self.answer("hello", type="hello")
        self.answer("reconnecting", type="reconnect")
        for number, db in enumerate(DATABASES):
            at = self.key + 10 * number
            self.script(db, at)
            self.block(db, at + 1)
            self.listed(db, at + 2)
            self.cancel(db)
        self.copy(self.key + 5)
        for what in SHOWN:
            self.answer("table", type="show", what=what)
        self.reload()
        self.client.half_close()
        while self.client.next_frame(BOUND):
            pass

    # What is asked

    def script(self, db, key):
        b = self.batch(
            f"{NUMBERS[db]}; INSERT INTO kept VALUES ({key});"
            f" {SESSION[db]}; {DIVISION[db]}",
            db=db,
        )
        self.wrote(db, key, b, "2")
        self.expect(b, "ok", "ok", "ok", "error")
        if self.status(b, "1") == "ok":
            assert b.rows["1"] == EXPECTED, tell(b)

    def block(self, db, key):
        b = self.batch(
            [
                {"sql": f"INSERT INTO kept VALUES ({key})"},
                {"sql": NUMBERS[db], "want": "count"},
            ],
            db=db,
            transaction=True,
        )
        both = {self.status(b, "1"), self.status(b, "2")}
        self.expect(b, "ok", "ok")
        # All or nothing: what is there shows in both.
        if both == {"ok"}:
            self.verdicts[db, key] = "ok"
        elif "unknown" in both:
            self.verdicts[db, key] = "unknown"
        else:
            self.verdicts[db, key] = "error"

    def listed(self, db, key):
        b = self.batch(
            [
                {"id": "p", "sql": "SELECT CAST($1 AS int)", "params": [key]},
                {"id": "w", "sql": f"INSERT INTO kept VALUES ({key})"},
                {"id": "a", "sql": "SELECT 7", "after": ["w"]},
            ],
            db=db,
            order="statement",
            progress=True,
        )
        self.wrote(db, key, b, "w")
        self.expect(b, "ok", "ok", "ok")
        if self.status(b, "p") == "ok":
            assert b.rows["p"] == [[str(key)]], tell(b)
        if self.status(b, "a") == "ok":
            assert self.status(b, "w") == "ok", tell(b)

    def cancel(self, db):
        c = self.client
        batch = c.send_batch(
            FOREVER[DATABASES[db]], db=db, progress=True, timeout_ms=3000
        )
        self.await_start()
        c.send({"type": "cancel", "batch": batch})
        b = self.collect(batch)
        self.expect(b, "cancelled")
        assert self.status(b, "1") != "ok"

    def copy(self, key):
        c = self.client
        batch = c.send_batch(
            [
                {"id": "in", "sql": "COPY kept FROM STDIN"},
                {"id": "out", "sql": "COPY (SELECT 'um') TO STDOUT"},
            ],
            db="pg",
            timeout_ms=3000,
        )
        to = {"batch": batch, "id": "in"}
        c.send({"type": "copy_data", "data": f"{key}\n", **to})
        c.send({"type": "copy_end", **to})
        b = self.collect(batch)
        self.wrote("pg", key, b, "in")
        self.expect(b, "ok", "ok")
        if self.status(b, "out") == "ok":
            assert b.copy["out"] == "um\n", tell(b)

    def reload(self):
        """There is something new each time."""
        sections = self.daemon.sections
        sections["database pg"]["pool_size"] = 2 + self.key // 100 % 2
        self.daemon.write_config(sections)
        self.answer("reloaded", type="reload")

    # How

    def batch(self, sql, **fields):
        return self.collect(self.client.send_batch(sql, **fields))

    def collect(self, batch):
        first = self.first(batch)
        b = Batch(batch)
        if first.get("batch") == batch:
            b = self.client.collect(batch, BOUND)
        self.told.append((batch, b.status() if b.accepted else first))
        assert self.disturbed or b.accepted, first
        self.client.stash.clear()
        self.sync()
        return b

    def first(self, batch):
        """What answers the batch's line, which may have been refused without
        the batch's name: there was no memory for it."""
        stash = self.client.stash
        if not stash:
            stash.append(self.next_but_pong())
        return stash[0]

    def await_start(self):
        """So long until its statement runs, or never will."""
        ends = ("started", "end", "rejected", "error")
        stash = self.client.stash
        while not any(f["type"] in ends for f in stash):
            stash.append(self.next_but_pong())

    def next(self):
        frame = self.client.next_frame(BOUND)
        if frame is None:
            raise Lost("closed")
        return frame

    def next_but_pong(self):
        """sync() may have asked for one pong too many."""
        while (frame := self.next())["type"] == "pong":
            pass
        return frame

    def sync(self):
        """Nothing is under way any more. A ping may have been refused."""
        self.client.send({"type": "ping"})
        while (frame := self.next())["type"] != "pong":
            if frame["type"] == "error":
                self.client.send({"type": "ping"})

    def answer(self, wanted, **frame):
        self.client.send(frame)
        answer = self.next_but_pong()
        self.told.append(answer["type"])
        assert answer["type"] == wanted or self.disturbed, answer

    # Whether it is true

    @staticmethod
    def status(b, statement):
        """None: the batch was rejected."""
        return b.status(statement) if b.accepted else None

    def expect(self, b, *statuses):
        if not self.disturbed:
            got = [b.done[i]["status"] for i in sorted(b.done)]
            want = list(statuses)
            assert sorted(got) == sorted(want), tell(b)

    def wrote(self, db, key, b, statement):
        self.verdicts[db, key] = self.status(b, statement) or "rejected"

    def check_writes(self):
        """The tables say what the verdicts said."""
        for (db, key), status in self.verdicts.items():
            n = self.count(db, key)
            if status == "ok":
                assert n == 1, (db, key, status, n)
            elif status == "unknown":
                assert n <= 1, (db, key, status, n)
            else:
                assert n == 0, (db, key, status, n)

    def count(self, db, key):
        sql = f"SELECT count(*) FROM kept WHERE a = {key}"
        if db == "pg":
            return self.daemon.place.value(sql)
        path = self.daemon.config_path.parent / "main.db"
        with sqlite3.connect(path) as direct:
            return direct.execute(sql).fetchone()[0]
