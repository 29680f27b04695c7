"""`show`: what a person asks a running daemon."""

import json
import re

import pytest

import frame_check
from sql import FOREVER, statements

TABLES = [
    "pools",
    "databases",
    "clients",
    "batches",
    "servers",
    "config",
    "stats",
    "version",
]


def hold(client, engine, n=1):
    batch = client.send_batch(
        statements(*[FOREVER[engine]] * n), id="hold", progress=True
    )
    client.wait_for("started", batch=batch)


def release(client):
    client.send({"type": "cancel", "batch": "hold"})
    client.collect("hold")


@pytest.mark.parametrize("what", TABLES)
def test_every_table_answers(client, what):
    client.batch("SELECT 1")
    table = client.ask(type="show", what=what)
    assert table["type"] == "table" and table["what"] == what
    names = table["columns"]
    assert names and len(set(names)) == len(names)
    assert all(isinstance(name, str) for name in names)
    assert all(len(row) == len(names) for row in table["rows"])


@pytest.mark.parametrize("what", TABLES)
def test_its_columns_are_those_of_the_docs(client_shared, what):
    text = (frame_check.DOCS / "protocol.md").read_text()
    row = re.search(rf"^\| `{what}` \| (`.*`) \|$", text, re.M)[1]
    columns = client_shared.ask(type="show", what=what)["columns"]
    assert columns == row.strip("`").split("`, `")


def test_pools_tell_who_is_busy(fanoutd, engine):
    d = fanoutd(engine, pool_size=1)
    c, other = d.connect(), d.connect()
    hold(c, engine, n=3)
    pool = other.show("pools")[0]
    assert pool["database"] == "main"
    assert int(pool["sv_active"]) == 1
    assert int(pool["sv_idle"]) == 0
    assert int(pool["cl_active"]) == 1
    assert int(pool["waiting"]) == 2
    release(c)
    pool = other.show("pools")[0]
    assert int(pool["sv_active"]) == 0
    assert int(pool["waiting"]) == 0


def test_databases(client):
    (row,) = client.show("databases")
    assert row["name"] == "main"
    assert int(row["pool_size"]) == 10


def test_clients(daemon):
    one, two = daemon.connect(), daemon.connect()
    one.ping()
    assert len(two.show("clients")) == 2
    one.close()
    two.ping()


def test_batches(daemon, engine):
    c, other = daemon.connect(), daemon.connect()
    assert other.show("batches") == []
    hold(c, engine)
    (row,) = other.show("batches")
    assert row["batch"] == "hold"
    assert row["client"] is not None
    release(c)
    assert other.show("batches") == []


def test_servers(fanoutd, engine):
    d = fanoutd(engine, pool_size=3)
    c, other = d.connect(), d.connect()
    hold(c, engine, n=2)
    c.wait_for("started", id="2")
    rows = other.show("servers")
    assert len(rows) == 2
    assert all(row["database"] == "main" for row in rows)
    release(c)


def test_stats_count(client):
    def total():
        (row,) = client.show("stats")
        return sum(int(v) for k, v in row.items() if "query_count" in k)

    before = total()
    client.batch("SELECT 1; SELECT 2; SELECT 3")
    assert total() >= before + 3


def test_version(client):
    text = json.dumps(client.show("version"))
    assert client.ask(type="hello")["version"] in text


def test_config_tells_every_setting(fanoutd):
    d = fanoutd("sqlite", pool_size=7, daemon={"max_statements": 77})
    config = {row["key"]: row["value"] for row in d.connect().show("config")}
    values = {key.split(".")[-1]: value for key, value in config.items()}
    assert values["pool_size"] == "7"
    assert values["max_statements"] == "77"
    assert values["shutdown_timeout"] == "5s"


def test_config_hides_passwords(fanoutd, pg):
    conninfo = f"{pg.conninfo} password=not-for-eyes"
    c = fanoutd("postgres", conninfo=conninfo).connect()
    for what in TABLES:
        assert "not-for-eyes" not in json.dumps(c.show(what)), what
