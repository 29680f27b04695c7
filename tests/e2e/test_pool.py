"""The pool: its bound, its limits of age, and that nothing of one user's
session is there for the next. Counts are asked of the server."""

import pytest

from sql import FOREVER, statements, wait_until


def sample_until_ended(daemon, clients, batches):
    """The most connections the server ever saw meanwhile."""
    most, left = 0, dict(zip(clients, batches))
    while left:
        most = max(most, daemon.place.connections())
        for c, batch in list(left.items()):
            c.silent(0.001)
            if any(f["type"] == "end" for f in c.stash):
                assert set(c.collect(batch).status()) <= {
                    "ok",
                    "error",
                    "unknown",
                }
                del left[c]
    return most


@pytest.mark.bound(120)
def test_a_hundred_clients_never_open_a_fifth_connection(fanoutd):
    d = fanoutd("postgres", pool_size=4)
    clients = [d.connect() for _ in range(100)]
    batches = [
        c.send_batch(statements(*["SELECT pg_sleep(0.01)"] * 3))
        for c in clients
    ]
    assert sample_until_ended(d, clients, batches) == 4
    assert d.place.connections() <= 4


def test_no_fifth_while_connections_are_being_lost(fanoutd):
    """Each must be gone on the server before another takes its place."""
    d = fanoutd("postgres", pool_size=4)
    clients = [d.connect() for _ in range(12)]
    batches = [
        c.send_batch("SELECT pg_sleep(0.05);" * 5, dispatch="independent")
        for c in clients
    ]
    most = 0
    for _ in range(12):
        d.place.terminate_all()
        most = max(most, *(d.place.connections() for _ in range(20)))
    assert max(most, sample_until_ended(d, clients, batches)) <= 4


def test_no_fifth_while_all_are_cancelled(fanoutd):
    d = fanoutd("postgres", pool_size=4)
    c = d.connect()
    most = 0
    for _ in range(10):
        batch = c.send_batch(statements(*[FOREVER["postgres"]] * 8))
        c.wait_for("accepted", batch=batch)
        c.send({"type": "cancel", "batch": batch})
        most = max(most, *(d.place.connections() for _ in range(10)))
        c.collect(batch)
    assert most <= 4


def test_nothing_is_opened_before_it_is_needed(daemon_pg, client_pg):
    assert daemon_pg.place.connections() == 0
    client_pg.batch("SELECT 1; SELECT 2", dispatch="serial")
    assert daemon_pg.place.connections() == 1


def test_min_pool_size_is_kept(fanoutd):
    d = fanoutd(
        "postgres", min_pool_size=2, pool_size=5, server_idle_timeout="200ms"
    )
    wait_until(lambda: d.place.connections() == 2)
    d.connect().batch("SELECT pg_sleep(0.3);" * 4)
    wait_until(lambda: d.place.connections() == 2)
    d.place.terminate_all()
    wait_until(lambda: d.place.connections() == 2)


def test_idle_ones_are_closed(fanoutd):
    d = fanoutd("postgres", server_idle_timeout="200ms")
    d.connect().batch("SELECT pg_sleep(0.1);" * 3)
    wait_until(lambda: d.place.connections() == 0)
    assert d.connect().batch("SELECT 1").status() == ["ok"]


def backend(client):
    return client.batch("SELECT pg_backend_pid()").rows["1"][0][0]


def test_a_connection_is_used_again(fanoutd):
    c = fanoutd("postgres", pool_size=1).connect()
    assert len({backend(c) for _ in range(5)}) == 1


def test_old_ones_are_replaced(fanoutd):
    c = fanoutd("postgres", pool_size=1, server_lifetime="300ms").connect()
    first = backend(c)
    wait_until(lambda: backend(c) != first)


LEFT_BEHIND = {
    "SET": ("SET work_mem = '7MB'", "SHOW work_mem"),
    "set_config": (
        "SELECT set_config('work_mem', '7MB', false)",
        "SHOW work_mem",
    ),
    "set_config in DO": (
        "DO $$ BEGIN PERFORM set_config('work_mem', '7MB', false); END $$",
        "SHOW work_mem",
    ),
    "set_config in a function": ("SELECT sneak()", "SHOW work_mem"),
    "search_path": ("SET search_path = pg_catalog", "SHOW search_path"),
    "role": ("SET ROLE pg_monitor", "SELECT current_user"),
    "temp table": (
        "CREATE TEMP TABLE hidden AS SELECT 1 AS a",
        "SELECT count(*) FROM pg_class WHERE relname = 'hidden'",
    ),
    "select into temp": (
        "SELECT 1 AS a INTO TEMP hidden",
        "SELECT count(*) FROM pg_class WHERE relname = 'hidden'",
    ),
    "PREPARE": (
        "PREPARE p AS SELECT 1",
        "SELECT count(*) FROM pg_prepared_statements WHERE name = 'p'",
    ),
    "advisory lock": (
        "SELECT pg_advisory_lock(4242)",
        "SELECT count(*) FROM pg_locks"
        " WHERE locktype = 'advisory' AND objid = 4242",
    ),
    "LISTEN": ("LISTEN news", "SELECT count(*) FROM pg_listening_channels()"),
    "cursor": (
        "BEGIN; DECLARE cur CURSOR WITH HOLD FOR SELECT 1; COMMIT",
        "SELECT count(*) FROM pg_cursors WHERE name = 'cur'",
    ),
    "open transaction": ("BEGIN", "SELECT now() = statement_timestamp()"),
    "settings of a transaction": (
        "BEGIN ISOLATION LEVEL SERIALIZABLE",
        "SHOW transaction_isolation",
    ),
    "session characteristics": (
        "SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY",
        "SHOW default_transaction_read_only",
    ),
    "sequence": ("SELECT nextval('seq')", "SELECT lastval()"),
}
SNEAK = """
CREATE FUNCTION sneak() RETURNS text LANGUAGE sql AS
$$ SELECT set_config('work_mem', '7MB', false) $$;
CREATE SEQUENCE seq
"""


@pytest.mark.parametrize("what", LEFT_BEHIND)
def test_nothing_is_left_for_the_next_user(fanoutd, what):
    leave, look = LEFT_BEHIND[what]
    d = fanoutd("postgres", pool_size=1)
    first, second = d.connect(), d.connect()
    assert first.batch(SNEAK).status() == ["ok", "ok"]

    def seen():
        b = second.batch(look)
        return b.status("1"), b.rows.get("1")

    before = seen()
    left = first.batch(leave)
    assert set(left.status()) == {"ok"}
    assert seen() == before


@pytest.mark.parametrize("way", ["error", "cancel"])
def test_nor_by_a_statement_that_fails(fanoutd, way):
    d = fanoutd("postgres", pool_size=1)
    c, other = d.connect(), d.connect()
    before = other.batch("SHOW work_mem").rows["1"]
    end = "1 / 0" if way == "error" else "pg_sleep(600)"
    batch = c.send_batch(
        "SELECT set_config('work_mem', '7MB', false);"
        "BEGIN; SET work_mem = '8MB'; CREATE TEMP TABLE hidden (a int);"
        f"SELECT {end}",
        progress=True,
    )
    if way == "cancel":
        c.wait_for("started", batch=batch, id="5")
        c.send({"type": "cancel", "batch": batch})
    c.collect(batch)
    assert other.batch("SHOW work_mem").rows["1"] == before
    assert other.batch("SELECT * FROM hidden").status() == ["error"]


def test_nor_by_a_client_that_vanishes(fanoutd):
    d = fanoutd("postgres", pool_size=1)
    c, other = d.connect(), d.connect()
    before = other.batch("SHOW work_mem").rows["1"]
    c.send_batch("SET work_mem = '7MB'; SELECT pg_sleep(600)", progress=True)
    c.wait_for("started", id="2")
    c.reset()
    assert other.batch("SHOW work_mem").rows["1"] == before


def test_sqlite_leaves_nothing_either(fanoutd):
    d = fanoutd("sqlite", pool_size=1)
    first, second = d.connect(), d.connect()
    assert first.batch("CREATE TEMP TABLE hidden (a)").status() == ["ok"]
    assert second.batch("SELECT * FROM hidden").status() == ["error"]


def test_a_script_sees_the_session_it_made(client, engine):
    b = client.batch(
        "CREATE TEMP TABLE own (a integer);"
        "INSERT INTO own VALUES (1), (2);"
        "SELECT a FROM own ORDER BY a"
    )
    assert b.status() == ["ok"] * 3
    assert b.rows["3"] == [["1"], ["2"]]


def test_a_script_sees_its_settings(client_pg):
    b = client_pg.batch("SET work_mem = '7MB'; SELECT 1; SHOW work_mem")
    assert b.rows["3"] == [["7MB"]]


def test_reset_query_may_be_ones_own(fanoutd):
    d = fanoutd("postgres", pool_size=1, reset_query="RESET ALL; UNLISTEN *")
    c = d.connect()
    before = c.batch("SHOW work_mem").rows["1"]
    pid = backend(c)
    c.batch("SET work_mem = '7MB'")
    assert c.batch("SHOW work_mem").rows["1"] == before
    assert backend(c) == pid


def test_a_reset_query_that_fails_costs_the_connection(fanoutd):
    d = fanoutd("postgres", pool_size=1, reset_query="SELECT nonsense")
    c = d.connect()
    before = c.batch("SHOW work_mem").rows["1"]
    c.batch("SET work_mem = '7MB'")
    assert c.batch("SHOW work_mem").rows["1"] == before
    assert d.place.connections() == 1


def test_environment_does_not_leak_into_conninfo(fanoutd, monkeypatch):
    import daemon as daemons

    monkeypatch.setitem(daemons.ENVIRONMENT, "PGOPTIONS", "-cwork_mem=9MB")
    monkeypatch.setitem(daemons.ENVIRONMENT, "PGAPPNAME", "leaked")
    monkeypatch.setitem(daemons.ENVIRONMENT, "PGCLIENTENCODING", "LATIN1")
    c = fanoutd("postgres").connect()
    assert c.batch("SHOW work_mem").rows["1"] != [["9MB"]]
    assert c.batch("SELECT 'é'").rows["1"] == [["é"]]
