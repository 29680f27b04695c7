"""The order of answers: by completion, or by statement."""

import pytest

from sql import FOREVER, series, statements

SLOW_FAST_MEDIUM = statements(
    "SELECT 'slow', pg_sleep(1.2)",
    "SELECT 'fast'",
    "SELECT 'medium', pg_sleep(0.5)",
)


@pytest.mark.parametrize("want", ["rows", "count"])
def test_answers_come_as_they_complete(client_pg, want):
    b = client_pg.batch(SLOW_FAST_MEDIUM, want=want)
    assert b.order == ["2", "3", "1"]
    assert b.end["peak_concurrency"] > 1


def test_answers_come_as_they_complete_on_sqlite(client_sqlite):
    b = client_sqlite.batch(
        statements(
            f"SELECT count(*) FROM ({series('sqlite', 4_000_000)})",
            "SELECT 'fast'",
            f"SELECT count(*) FROM ({series('sqlite', 300_000)})",
        )
    )
    assert b.order == ["2", "3", "1"]
    assert b.rows["1"] == [["4000000"]]


def test_statement_order_gives_the_same_frames_in_order(client_pg):
    b = client_pg.batch(SLOW_FAST_MEDIUM, order="statement")
    ids = [f["id"] for f in b.frames if "id" in f]
    assert ids == sorted(ids), "nothing of a later one before an earlier one"
    assert b.order == ["1", "2", "3"]
    assert [b.rows[i][0][0] for i in "123"] == ["slow", "fast", "medium"]
    assert b.end["peak_concurrency"] > 1, "they run at once all the same"


def test_statement_order_holds_early_frames_back(client_pg):
    batch = client_pg.send_batch(
        statements("SELECT pg_sleep(1)", "SELECT 2"), order="statement"
    )
    client_pg.wait_for("accepted")
    assert client_pg.silent(0.4), "2 is ready, and waits for 1"
    assert client_pg.collect(batch).order == ["1", "2"]


def test_statement_order_with_failures(client):
    b = client.batch(
        "SELECT nothing_there; SELECT 2; SELECT nor_here; SELECT 4",
        order="statement",
    )
    assert b.order == ["1", "2", "3", "4"]
    assert b.status() == ["error", "ok", "error", "ok"]


def test_statement_order_of_more_rows_than_the_buffer(fanoutd, engine):
    d = fanoutd(engine, daemon={"client_buffer": "64kB"})
    texts = [series(engine, n) for n in (20_000, 30_000, 40_000)]
    b = d.connect().batch(statements(*texts), order="statement")
    assert b.order == ["1", "2", "3"]
    assert [len(b.rows[i]) for i in "123"] == [20_000, 30_000, 40_000]


@pytest.mark.parametrize("pool_size", [1, 2])
def test_held_back_frames_never_lock_the_pool(fanoutd, engine, pool_size):
    """The stalled later statement holds a connection; the earlier ones must
    get theirs all the same."""
    d = fanoutd(engine, daemon={"client_buffer": "64kB"}, pool_size=pool_size)
    texts = [series(engine, 30_000)] * 6
    b = d.connect().batch(statements(*texts), order="statement")
    assert b.order == ["1", "2", "3", "4", "5", "6"]
    assert b.status() == ["ok"] * 6


def test_priority_among_others_does_not_lock_it_either(fanoutd, engine):
    d = fanoutd(engine, daemon={"client_buffer": "64kB"}, pool_size=1)
    texts = [{"sql": series(engine, 30_000), "priority": n} for n in range(4)]
    b = d.connect().batch(texts, order="statement")
    assert b.order == ["1", "2", "3", "4"]


def test_statement_order_against_after_is_rejected(client):
    b = client.batch(
        [
            {"id": "a", "sql": "SELECT 1", "after": ["b"]},
            {"id": "b", "sql": "SELECT 2"},
        ],
        order="statement",
    )
    assert b.rejected["error"]["source"] == "proxy"
    assert "a" in b.rejected["error"]["message"]


def test_priority_goes_first_among_what_waits(fanoutd, engine):
    d = fanoutd(engine, pool_size=1)
    c = d.connect()
    blocker = c.send_batch(FOREVER[engine], progress=True)
    c.wait_for("started", batch=blocker)
    b = c.send_batch(
        [
            {"id": "low", "sql": "SELECT 1", "priority": -1},
            {"id": "mid", "sql": "SELECT 2"},
            {"id": "high", "sql": "SELECT 3", "priority": 5},
        ]
    )
    c.wait_for("accepted", batch=b)
    c.send({"type": "cancel", "batch": blocker})
    assert c.collect(b).order == ["high", "mid", "low"]


def test_a_large_later_one_does_not_starve_an_earlier_one(fanoutd, engine):
    """3 is ready before 2 is, and its answer must wait for 2's: it must not
    keep the only connection from it."""
    d = fanoutd(engine, daemon={"client_buffer": "64kB"}, pool_size=1)
    b = d.connect().batch(
        [
            {"id": "1", "sql": "SELECT 1"},
            {"id": "2", "sql": "SELECT 2", "after": ["1"]},
            {"id": "3", "sql": series(engine, 50_000)},
        ],
        order="statement",
        dispatch="independent",
    )
    assert b.order == ["1", "2", "3"]
    assert b.status() == ["ok"] * 3
