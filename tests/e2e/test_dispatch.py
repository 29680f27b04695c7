"""What runs beside what, and what waits for what."""

import pytest

from sql import FOREVER, series, statements, wait_until

CREATE_FILL_READ = """
CREATE TABLE fruit (id integer PRIMARY KEY, name text);
INSERT INTO fruit VALUES (1, 'açaí'), (2, 'caju');
SELECT count(*) FROM fruit;
INSERT INTO fruit SELECT id + 2, name || '!' FROM fruit;
SELECT name FROM fruit ORDER BY id;
SELECT count(*) FROM fruit;
UPDATE fruit SET name = 'x' WHERE id > 2;
SELECT name FROM fruit ORDER BY id;
DELETE FROM fruit;
SELECT count(*) FROM fruit;
DROP TABLE fruit
"""


def answers(batch):
    """What the caller learns, without the order of coming."""
    return {
        i: (done["status"], done["tag"], done["count"], batch.rows.get(i))
        for i, done in sorted(batch.done.items())
    }


def test_auto_means_what_top_to_bottom_means(client):
    auto = client.batch(CREATE_FILL_READ, dispatch="auto")
    serial = client.batch(CREATE_FILL_READ, dispatch="serial")
    assert answers(auto) == answers(serial)
    assert auto.status() == ["ok"] * 11
    assert auto.rows["5"] == [["açaí"], ["caju"], ["açaí!"], ["caju!"]]


@pytest.mark.parametrize(
    "write",
    [
        "WITH w AS (DELETE FROM t RETURNING 1) SELECT count(*) FROM w",
        "EXPLAIN ANALYZE DELETE FROM t",
        "SELECT * INTO u FROM t",
        "/* SELECT */ DELETE FROM t",
    ],
)
def test_what_looks_like_a_read_is_held_back(client_pg, write):
    """Each follows a slow read of the same table, and must not overtake."""
    client_pg.batch("CREATE TABLE t (a int); INSERT INTO t VALUES (1)")
    b = client_pg.batch(
        statements("SELECT pg_sleep(0.5), a FROM t", write, "SELECT 3")
    )
    assert b.order == ["1", "2", "3"]
    assert b.end["peak_concurrency"] == 1


def test_auto_runs_plain_reads_together(client_pg):
    b = client_pg.batch("SELECT pg_sleep(0.5);" * 3)
    assert b.end["peak_concurrency"] == 3


def test_serial_runs_one_after_another(client_pg):
    b = client_pg.batch(
        "SELECT pg_sleep(0.3); SELECT 2; SELECT 3", dispatch="serial"
    )
    assert b.order == ["1", "2", "3"]
    assert b.end["peak_concurrency"] == 1


def test_serial_goes_on_after_an_error(client):
    b = client.batch("SELECT nothing_there; SELECT 2", dispatch="serial")
    assert b.status("1", "2") == ["error", "ok"]


def test_independent_holds_nothing_back(client_pg):
    client_pg.batch("CREATE TABLE t (a int)")
    b = client_pg.batch(
        statements(
            "INSERT INTO t SELECT 1 FROM pg_sleep(0.8)",
            "INSERT INTO t VALUES (2)",
        ),
        dispatch="independent",
    )
    assert b.order == ["2", "1"]
    assert b.end["peak_concurrency"] == 2


def test_writes_hold_each_other_back_under_auto(client_pg):
    client_pg.batch("CREATE TABLE t (a int)")
    b = client_pg.batch(
        statements(
            "INSERT INTO t SELECT 1 FROM pg_sleep(0.4)",
            "INSERT INTO t VALUES (2)",
        )
    )
    assert b.order == ["1", "2"]


def test_after_waits(client_pg):
    b = client_pg.batch(
        [
            {"id": "last", "sql": "SELECT 3", "after": ["mid", "first"]},
            {"id": "mid", "sql": "SELECT 2", "after": ["first"]},
            {"id": "first", "sql": "SELECT pg_sleep(0.3)"},
        ],
        dispatch="independent",
    )
    assert b.order == ["first", "mid", "last"]


def test_after_a_failure_is_skipped_and_so_on(client):
    b = client.batch(
        [
            {"id": "a", "sql": "SELECT nothing_there"},
            {"id": "b", "sql": "SELECT 2", "after": ["a"]},
            {"id": "c", "sql": "SELECT 3", "after": ["b"]},
            {"id": "d", "sql": "SELECT 4"},
        ]
    )
    assert b.status("a", "b", "c", "d") == [
        "error",
        "skipped",
        "skipped",
        "ok",
    ]
    assert b.error("b")["source"] == "proxy"
    assert b.error("a")["source"] == "server"
    assert b.end["skipped"] == 2


def test_twenty_sleeps_never_more_than_eight(fanoutd):
    d = fanoutd("postgres", pool_size=20)
    c = d.connect()
    batch = c.send_batch("SELECT pg_sleep(0.2);" * 20, max_concurrency=8)
    seen = []

    def ended():
        seen.append(d.place.running())
        c.silent(0.005)
        return any(f["type"] == "end" for f in c.stash)

    wait_until(ended)
    b = c.collect(batch)
    assert max(seen) == 8, "asked of the server"
    assert b.end["peak_concurrency"] == 8
    assert b.end["ok"] == 20


def test_pool_size_bounds_a_batch(fanoutd):
    d = fanoutd("postgres", pool_size=2)
    b = d.connect().batch("SELECT pg_sleep(0.05);" * 8)
    assert b.end["peak_concurrency"] == 2


@pytest.mark.parametrize("limit", [1, 2])
def test_max_concurrency(client, engine, limit):
    b = client.batch(
        statements(*[series(engine, 2000)] * 9), max_concurrency=limit
    )
    assert b.end["peak_concurrency"] <= limit
    assert b.end["ok"] == 9


def test_a_small_batch_does_not_wait_for_a_large_one(fanoutd, engine):
    """One connection, 200 statements wait; then comes a batch of one."""
    d = fanoutd(engine, pool_size=1)
    large, small = d.connect(), d.connect()
    blocker = large.send_batch(FOREVER[engine], progress=True)
    large.wait_for("started", batch=blocker)
    many = large.send_batch(statements(*["SELECT 1"] * 200), progress=True)
    large.wait_for("accepted", batch=many)
    one = small.send_batch("SELECT 'one', count(*) FROM (SELECT 1) AS x")
    small.wait_for("accepted", batch=one)
    large.send({"type": "cancel", "batch": blocker})
    done_small = small.collect(one).done["1"]
    done_large = large.collect(many).done
    longer = [
        d
        for d in done_large.values()
        if d["queue_us"] > done_small["queue_us"]
    ]
    assert len(longer) > 100, "most of the 200 waited longer than the one"


def test_batches_of_one_client_take_turns(fanoutd, engine):
    d = fanoutd(engine, pool_size=1)
    c = d.connect()
    blocker = c.send_batch(FOREVER[engine], progress=True)
    c.wait_for("started", batch=blocker)
    a = c.send_batch(statements(*["SELECT 1"] * 200))
    b = c.send_batch("SELECT 2")
    c.wait_for("accepted", batch=b)
    c.send({"type": "cancel", "batch": blocker})
    c.wait_for("end", batch=b)
    assert not any(
        f["type"] == "end" and f["batch"] == a for f in c.stash
    ), "b ends before a does"
    assert c.collect(a).end["ok"] == 200
