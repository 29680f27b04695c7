"""Ten thousand single-row inserts, each with a key of its own, while backends
are killed all the time: the table agrees with every verdict."""

import threading

import psycopg2
import pytest

from sql import statements
from whole import check_pool, kill_all

N_CLIENTS = 10
BATCHES = 20
INSERTS = 50  # in a batch


class Killer:
    """Ends one backend of the daemon after the other."""

    def __init__(self, place):
        self.place, self.n = place, 0
        self.over = threading.Event()
        self.thread = threading.Thread(target=self.run)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.over.set()
        self.thread.join()

    def run(self):
        conn = psycopg2.connect(self.place.server.conninfo)
        conn.autocommit = True
        cur = conn.cursor()
        while not self.over.wait(0.01):
            cur.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE application_name = %s ORDER BY random() LIMIT 1",
                (self.place.name,),
            )
            self.n += cur.rowcount
        conn.close()


def insert_all(clients):
    """{status: keys}, of every insert."""
    verdicts = {}
    keys = iter(range(N_CLIENTS * BATCHES * INSERTS))
    for _ in range(BATCHES):
        sent = []
        for c in clients:
            mine = [next(keys) for _ in range(INSERTS)]
            texts = [f"INSERT INTO t VALUES ({key})" for key in mine]
            batch = c.send_batch(statements(*texts), dispatch="independent")
            sent.append((c, batch, mine))
        for c, batch, mine in sent:
            b = c.collect(batch, timeout=60)
            for n, key in enumerate(mine, 1):
                verdicts.setdefault(b.status(str(n)), set()).add(key)
    return verdicts


@pytest.mark.bound(180)
def test_the_table_agrees_with_every_verdict(serve, pg):
    d = serve(pg, pool_size=8, server_login_retry="1ms")
    clients = [d.connect() for _ in range(N_CLIENTS)]
    # Without a key: what ran twice is there twice.
    clients[0].batch("CREATE TABLE t (a int)")
    with Killer(d.place) as killer:
        verdicts = insert_all(clients)
    rows = [a for (a,) in d.place.ask("SELECT a FROM t")]
    there = set(rows)
    assert len(rows) == len(there), "something ran twice"
    unknown = verdicts.pop("unknown", set())
    ok = verdicts.pop("ok", set())
    assert not ok - there, "ok, but not there"
    assert there - ok <= unknown, "there, but neither ok nor unknown"
    assert set(verdicts) <= {"error", "skipped", "not_sent"}
    assert killer.n > 50 and unknown and ok, "nothing was put to the test"
    kill_all(d)
    check_pool(d, 8)
