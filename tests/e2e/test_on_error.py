"""What a failure means to the rest: on_error, and until:first."""

import pytest

from sql import FOREVER, statements, wait_until

BAD = "SELECT nothing_there"


def test_continue_goes_on(client):
    b = client.batch(f"SELECT 1; {BAD}; SELECT 3")
    assert b.status("1", "2", "3") == ["ok", "error", "ok"]
    assert (b.end["ok"], b.end["error"]) == (2, 1)


@pytest.mark.parametrize("on_error", ["stop", "cancel"])
def test_nothing_more_is_started(client, on_error):
    b = client.batch(
        f"SELECT 1; {BAD}; SELECT 3; SELECT 4",
        dispatch="serial",
        on_error=on_error,
    )
    assert b.status("1", "2", "3", "4") == [
        "ok",
        "error",
        "skipped",
        "skipped",
    ]
    assert b.error("3")["source"] == "proxy"


def test_stop_lets_finish_what_runs(client_pg):
    b = client_pg.batch(
        statements("SELECT pg_sleep(0.7)", BAD, "SELECT 3"),
        on_error="stop",
        max_concurrency=2,
    )
    assert b.status("1", "2", "3") == ["ok", "error", "skipped"]


def test_cancel_ends_what_runs(daemon, client, engine):
    b = client.batch(
        statements(FOREVER[engine], BAD, "SELECT 3"),
        on_error="cancel",
        max_concurrency=2,
    )
    assert b.status("1", "2", "3") == ["cancelled", "error", "skipped"]
    assert b.error("1")["sqlstate"] == "57014"
    if engine == "postgres":
        wait_until(lambda: daemon.place.running() == 0)


def test_first_ok_wins(daemon, client, engine):
    b = client.batch(
        statements(FOREVER[engine], "SELECT 2", FOREVER[engine]),
        until="first",
    )
    assert b.status("2") == "ok"
    assert set(b.status("1", "3")) <= {"cancelled", "skipped"}
    assert b.end["ok"] == 1
    if engine == "postgres":
        wait_until(lambda: daemon.place.running() == 0)


def test_until_first_passes_over_failures(client):
    b = client.batch(
        f"{BAD}; SELECT 2; SELECT 3", until="first", dispatch="serial"
    )
    assert b.status("1", "2", "3") == ["error", "ok", "skipped"]


def test_until_first_where_none_is_ok(client):
    b = client.batch(f"{BAD}; {BAD}", until="first")
    assert b.status() == ["error", "error"]


def test_a_failure_in_one_batch_leaves_others_alone(client):
    bad = client.send_batch(f"{BAD}; SELECT 1", on_error="cancel")
    good = client.send_batch("SELECT 1; SELECT 2")
    client.collect(bad)
    assert client.collect(good).status() == ["ok", "ok"]
