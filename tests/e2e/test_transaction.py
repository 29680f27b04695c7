"""Transactions: the caller's own blocks, and transaction:true."""

import pytest

from sql import FOREVER, statements


@pytest.fixture
def table(client):
    b = client.batch("CREATE TABLE t (a integer PRIMARY KEY)")
    assert b.status() == ["ok"]


@pytest.fixture
def table_pg(client_pg):
    client_pg.batch("CREATE TABLE t (a integer PRIMARY KEY)")


def values(client):
    rows = client.batch("SELECT a FROM t ORDER BY a").rows["1"]
    return [int(row[0]) for row in rows]


def test_each_statement_of_a_block_has_its_own_done(client, table):
    b = client.batch(
        "BEGIN; INSERT INTO t VALUES (1); INSERT INTO t VALUES (2); COMMIT"
    )
    assert b.order == ["1", "2", "3", "4"]
    assert b.status() == ["ok"] * 4
    assert len({done["conn"] for done in b.done.values()}) == 1
    assert values(client) == [1, 2]


def test_rollback_undoes(client, table):
    b = client.batch("BEGIN; INSERT INTO t VALUES (1); ROLLBACK")
    assert b.status() == ["ok"] * 3
    assert values(client) == []


def test_a_failure_takes_its_block_with_it(client, table):
    b = client.batch(
        "BEGIN; INSERT INTO t VALUES (1); INSERT INTO t VALUES (1);"
        "INSERT INTO t VALUES (2); COMMIT; SELECT count(*) FROM t"
    )
    assert b.status("1", "2", "3", "4") == ["ok", "ok", "error", "skipped"]
    assert b.error("4")["source"] == "proxy"
    assert values(client) == []


def test_a_commit_that_rolls_back_is_an_error(client, table):
    b = client.batch(
        "BEGIN; INSERT INTO t VALUES (1); SELECT nothing_there; COMMIT"
    )
    assert b.status("4") == "error"
    assert b.done["4"]["tag"] is None
    assert b.error("4")["source"] == "proxy"
    assert b.error("4")["sqlstate"] == "25P02"
    assert values(client) == []


def test_a_rollback_after_a_failure_is_ok(client, table):
    b = client.batch(
        "BEGIN; INSERT INTO t VALUES (1); SELECT nothing_there; ROLLBACK"
    )
    assert b.status("1", "2", "3", "4") == ["ok", "ok", "error", "ok"]
    assert values(client) == []


def test_a_savepoint_heals(client, table):
    b = client.batch(
        "BEGIN; INSERT INTO t VALUES (1); SAVEPOINT s;"
        "INSERT INTO t VALUES (1); INSERT INTO t VALUES (9);"
        "ROLLBACK TO SAVEPOINT s; INSERT INTO t VALUES (2); COMMIT"
    )
    ids = [str(n) for n in range(1, 9)]
    assert b.status(*ids) == [
        "ok", "ok", "ok", "error", "skipped", "ok", "ok", "ok",
    ]  # fmt: skip
    assert values(client) == [1, 2]


def test_two_blocks_of_a_script_do_not_mix(client, table):
    b = client.batch(
        "BEGIN; INSERT INTO t VALUES (1); SELECT nothing_there; COMMIT;"
        "BEGIN; INSERT INTO t VALUES (2); COMMIT"
    )
    assert b.status("5", "6", "7") == ["ok"] * 3
    assert values(client) == [2]


def test_a_block_that_is_not_begun_is_not_run(fanoutd, engine):
    """What was to be undone must not be done for good instead."""
    c = fanoutd(engine, pool_size=1).connect()
    c.batch("CREATE TABLE t (a integer PRIMARY KEY)")
    hold = c.send_batch(FOREVER[engine], progress=True)
    c.wait_for("started", batch=hold)
    batch = c.send_batch("BEGIN; INSERT INTO t VALUES (1); ROLLBACK")
    c.wait_for("accepted", batch=batch)
    c.send({"type": "cancel", "batch": batch, "id": "1"})
    c.wait_for("done", batch=batch, id="1")
    c.send({"type": "cancel", "batch": hold})
    b = c.collect(batch)
    assert b.status("1", "2", "3") == ["not_sent", "skipped", "skipped"]
    assert values(c) == []


def test_nor_is_one_whose_begin_was_skipped(client, table):
    b = client.batch(
        [
            {"id": "bad", "sql": "SELECT nothing_there"},
            {"id": "begin", "sql": "BEGIN", "after": ["bad"]},
            {"id": "in", "sql": "INSERT INTO t VALUES (1)"},
            {"id": "end", "sql": "ROLLBACK"},
        ]
    )
    assert b.status("begin", "in", "end") == ["skipped"] * 3
    assert values(client) == []


def test_a_commit_that_is_cancelled_while_it_waits(client, engine, table):
    batch = client.send_batch(
        f"BEGIN; INSERT INTO t VALUES (1); {FOREVER[engine]}; COMMIT",
        progress=True,
    )
    client.wait_for("started", batch=batch, id="3")
    client.send({"type": "cancel", "batch": batch, "id": "4"})
    client.wait_for("done", batch=batch, id="4")
    client.send({"type": "cancel", "batch": batch, "id": "3"})
    assert client.collect(batch).status("4") == "not_sent"
    assert values(client) == []


def test_an_unclosed_block_is_rolled_back_with_a_notice(client, table):
    b = client.batch("BEGIN; INSERT INTO t VALUES (1)")
    assert b.status() == ["ok", "ok"]
    notices = b.of("notice")
    assert notices and "rolled back" in notices[-1]["message"]
    assert values(client) == []


def test_no_open_transaction_reaches_the_next(fanoutd, engine):
    d = fanoutd(engine, pool_size=1)
    first, second = d.connect(), d.connect()
    first.batch("CREATE TABLE t (a integer PRIMARY KEY)")
    first.batch("BEGIN; INSERT INTO t VALUES (1)")
    b = second.batch("INSERT INTO t VALUES (2)")
    assert b.status() == ["ok"]
    second.batch("ROLLBACK")
    assert values(first) == [2]


def test_transaction_commits_all(client, table):
    b = client.batch(
        "INSERT INTO t VALUES (1); INSERT INTO t VALUES (2)",
        transaction=True,
    )
    assert b.status() == ["ok", "ok"]
    assert b.end["transaction"] == "committed"
    assert len({done["conn"] for done in b.done.values()}) == 1
    assert values(client) == [1, 2]


def test_transaction_rolls_all_back(client, table):
    b = client.batch(
        statements(
            "INSERT INTO t VALUES (1)",
            "SELECT nothing_there",
            "INSERT INTO t VALUES (3)",
        ),
        transaction=True,
    )
    assert b.status("1", "2", "3") == ["ok", "error", "skipped"]
    assert b.end["transaction"] == "rolled_back"
    assert values(client) == []


def test_transaction_reads_what_it_wrote(client, table):
    b = client.batch(
        "INSERT INTO t VALUES (1); SELECT a FROM t", transaction=True
    )
    assert b.rows["2"] == [["1"]]


def test_without_transaction_end_has_no_word_of_it(client):
    assert client.batch("SELECT 1").end.get("transaction") is None


def test_what_fails_at_commit_is_the_last_statements_error(client, engine):
    client.batch(
        "CREATE TABLE p (id integer PRIMARY KEY);"
        "CREATE TABLE c (p integer REFERENCES p"
        " DEFERRABLE INITIALLY DEFERRED)"
    )
    fill = "INSERT INTO c VALUES (7)"
    if engine == "sqlite":
        pragma = client.batch("PRAGMA foreign_keys").rows["1"]
        if pragma != [["1"]]:
            pytest.skip("foreign keys are not enforced")
    b = client.batch(statements("SELECT 1", fill), transaction=True)
    assert b.status("1") == "ok"
    assert b.status("2") == "error"
    assert b.error("2")["sqlstate"].startswith("23")
    assert b.end["transaction"] == "rolled_back"
    assert client.batch("SELECT * FROM c").rows == {}


def test_a_block_inside_transaction_is_rejected(client, table):
    b = client.batch(
        "BEGIN; INSERT INTO t VALUES (1); COMMIT", transaction=True
    )
    assert b.rejected["error"]["source"] == "proxy"
    assert values(client) == []


def test_a_cancelled_transaction_is_rolled_back(client, engine, table):
    batch = client.send_batch(
        statements("INSERT INTO t VALUES (1)", FOREVER[engine]),
        transaction=True,
        progress=True,
    )
    client.wait_for("started", batch=batch, id="2")
    client.send({"type": "cancel", "batch": batch})
    b = client.collect(batch)
    assert b.status("2") == "cancelled"
    assert b.end["transaction"] == "rolled_back"
    assert values(client) == []


def test_a_lost_connection_rolls_the_transaction_back(client_pg, daemon_pg):
    client_pg.batch("CREATE TABLE t (a int)")
    batch = client_pg.send_batch(
        statements(
            "INSERT INTO t VALUES (1)",
            FOREVER["postgres"],
            "INSERT INTO t VALUES (3)",
        ),
        transaction=True,
        progress=True,
    )
    client_pg.wait_for("started", batch=batch, id="2")
    daemon_pg.place.terminate_all()
    b = client_pg.collect(batch)
    assert b.status("2") in ("unknown", "error")
    assert b.status("3") in ("skipped", "not_sent")
    assert b.end["transaction"] == "rolled_back"
    assert daemon_pg.place.value("SELECT count(*) FROM t") == 0


def test_snapshot_is_not_there_yet(client):
    b = client.batch("SELECT 1", snapshot=True)
    assert b.rejected["error"]["sqlstate"] == "0A000"


def test_a_cancelled_member_takes_the_transaction_with_it(client, table):
    """All or nothing: not the half that was not cancelled."""
    for ask in ({"transaction": True}, {}):
        sql = ["INSERT INTO t VALUES (1)", "INSERT INTO t VALUES (2)"]
        if not ask:
            sql = ["BEGIN", *sql, "COMMIT"]
        items = [{"id": "wait", "sql": "SELECT pg_sleep(0.5)"}]
        if not ask:
            items = [{"id": "b", "sql": "BEGIN"}, *items]
            sql = sql[1:]
        items += [{"id": str(n), "sql": text} for n, text in enumerate(sql)]
        batch = client.send_batch(items, progress=True, **ask)
        client.wait_for("started", id="wait")
        client.send({"type": "cancel", "batch": batch, "id": "0"})
        b = client.collect(batch)
        assert b.done["0"]["status"] == "not_sent"
        assert b.done["1"]["status"] == "skipped"
        assert values(client) == []


def test_commit_and_chain_of_a_failed_block_opens_a_new_one(
    client_pg, table_pg
):
    b = client_pg.batch(
        "BEGIN; SELECT 1 / 0; COMMIT AND CHAIN;"
        "INSERT INTO t VALUES (1); ROLLBACK"
    )
    assert b.status("1", "2", "3", "4", "5") == [
        "ok", "error", "error", "ok", "ok",
    ]  # fmt: skip
    assert values(client_pg) == []


def test_what_follows_a_commit_that_did_not_run_is_not_lost(client, table):
    """The block is rolled back at its end, not at the end of the batch."""
    items = [
        {"id": "state", "sql": "CREATE TEMP TABLE x (a int)"},
        {"id": "bad", "sql": "SELECT nothing_there"},
        {"id": "begin", "sql": "BEGIN"},
        {"id": "in", "sql": "INSERT INTO t VALUES (1)"},
        {"id": "commit", "sql": "COMMIT", "after": ["bad"]},
        {"id": "later", "sql": "INSERT INTO t VALUES (2)"},
    ]
    b = client.batch(items)
    assert b.done["commit"]["status"] == "skipped"
    assert b.done["later"]["status"] == "ok"
    assert values(client) == [2]


def test_a_statement_named_transaction_ends_no_block(client_pg, table_pg):
    b = client_pg.batch(
        "BEGIN; INSERT INTO t VALUES (1); PREPARE transaction AS SELECT 1;"
        "INSERT INTO t VALUES (2); ROLLBACK"
    )
    assert b.status() == ["ok"] * 5
    assert values(client_pg) == []


def test_first_and_transaction_do_not_go_together(client):
    b = client.batch("SELECT 1", until="first", transaction=True)
    assert "until" in b.rejected["error"]["message"]
