"""The whole server goes: shut down, restarted, frozen, read-only, or behind
a network that is cut. Statements that wait do so within their deadline, those
that run get their verdict, other databases notice nothing."""

import os
import pathlib
import shutil
import signal
import subprocess
import sys

import pytest

import pg_wire
from sql import FOREVER, statements, wait_until
from whole import check_other, check_pool, start

LONG = FOREVER["postgres"]
SOON = {
    "server_login_retry": "10ms",
    "server_connect_timeout": "2s",
}


def state(daemon):
    rows = daemon.connect().show("databases")
    return {r["name"]: r for r in rows}["pg"]


@pytest.mark.parametrize("mode", ["immediate", "fast"])
def test_shutdown_and_restart(serve, mortal, mode):
    d = serve(mortal, pool_size=2, **SOON)
    c = d.connect()
    batch = c.send_batch(
        statements(LONG, LONG, "SELECT 3", "SELECT 4"),
        dispatch="independent",
    )
    wait_until(lambda: d.place.running() == 2)
    mortal.down(mode)
    wait_until(lambda: state(d)["state"] == "failing")
    assert state(d)["last_error"]
    check_other(d)
    mortal.up()
    b = c.collect(batch, timeout=40)
    assert b.status("1", "2", "3", "4") == ["unknown"] * 2 + ["ok"] * 2
    wait_until(lambda: state(d)["state"] == "ok")
    check_pool(d, 2)


def test_what_waits_does_so_within_its_deadline(serve, mortal):
    d = serve(mortal, query_wait_timeout="500ms", **SOON)
    mortal.down()
    b = d.connect().batch("SELECT 1; SELECT 2")
    assert b.status() == ["not_sent"] * 2
    assert "query_wait_timeout" in b.error()["message"]
    mortal.up()
    c = d.connect()
    wait_until(lambda: c.batch("SELECT 1").status() == ["ok"])


def test_a_standby_that_refuses_to_write(serve, mortal):
    """As after a failover: the server's own error, and back again."""
    d = serve(mortal, pool_size=1, **SOON)
    c = d.connect()
    c.batch("CREATE TABLE t (a int)")
    read_only(mortal, d, "on")
    b = c.batch("INSERT INTO t VALUES (1); SELECT 2")
    assert b.status("1", "2") == ["error", "ok"]
    assert b.error()["sqlstate"] == "25006"
    read_only(mortal, d, "off")
    assert c.batch("INSERT INTO t VALUES (1)").status() == ["ok"]


def read_only(server, daemon, value):
    server.ask(f"ALTER SYSTEM SET default_transaction_read_only = {value}")
    server.ask("SELECT pg_reload_conf()")
    show = "SHOW default_transaction_read_only"
    c = daemon.connect()
    wait_until(lambda: c.batch(show).rows["1"] == [[value]])


# A server that hangs


def test_a_short_freeze_costs_nothing(serve, mortal):
    d = serve(mortal, pool_size=2, **SOON)
    c = d.connect()
    batch = start(c, "SELECT pg_sleep(0.5)", "SELECT 2")
    mortal.freeze()
    check_other(d)
    mortal.thaw()
    assert c.collect(batch).status() == ["ok"] * 2


@pytest.mark.bound(120)
def test_a_frozen_server(serve, mortal, pg):
    """What runs is unknown, what waits is not sent; cancels on another
    server still arrive."""
    other = {"engine": "postgres", "conninfo": pg.schema().conninfo}
    d = serve(
        mortal,
        pool_size=10,
        query_timeout="1s",
        query_wait_timeout="2s",
        more={"database other": other},
        **SOON,
    )
    c, second = d.connect(), d.connect()
    batch = c.send_batch(
        statements(*[LONG] * 10, "INSERT INTO nowhere VALUES (1)"),
        dispatch="independent",
    )
    wait_until(lambda: d.place.running() == 10)
    mortal.freeze()
    mine = start(second, LONG, db="other")
    check_other(d)
    b = c.collect(batch, timeout=40)
    assert b.status("1") == "unknown" and b.status("11") == "not_sent"
    assert set(b.status()) == {"unknown", "not_sent"}
    second.send({"type": "cancel", "batch": mine})
    assert second.collect(mine).status() == ["cancelled"]
    mortal.thaw()
    wait_until(lambda: c.batch("SELECT 1").status() == ["ok"], 40)


@pytest.mark.bound(90)
def test_the_daemon_ends_while_its_server_is_frozen(serve, mortal):
    d = serve(mortal, daemon={"shutdown_timeout": "500ms"}, **SOON)
    c = d.connect()
    batch = start(c, LONG)
    mortal.freeze()
    d.signal(signal.SIGTERM)
    assert c.collect(batch).status() == ["unknown"]
    assert d.wait(timeout=40) == 0
    # As they should not elsewhere, and cannot here.
    d.stderr_path.write_text(d.stderr().replace("do not close", "stay"))


# A network that is slow, or cut


def test_a_slow_network_delivers_everything(serve, pg, proxy):
    d = serve(pg, by=proxy, pool_size=2)
    c = d.connect()
    proxy.queries.rate = 100_000
    proxy.queries.delay = 0.05
    b = c.batch(
        "SELECT repeat('x', 1000) FROM generate_series(1, 100); SELECT 2"
    )
    assert b.status("1", "2") == ["ok", "ok"]
    assert b.rows["1"] == [["x" * 1000]] * 100


def run(*args):
    subprocess.run(args, check=True, capture_output=True, timeout=20)


class Network:
    """A relay to the server, within a network namespace of its own."""

    def __init__(self, conninfo):
        mark = os.getpid() % 10000
        self.space, self.link = f"fanout{mark}", f"fo{mark}a"
        host, self.there = "10.213.77.1", "10.213.77.2"
        ns = ["ip", "-n", self.space]
        run("ip", "netns", "add", self.space)
        far = f"fo{mark}b"
        add = ["ip", "link", "add", self.link, "type", "veth", "peer"]
        run(*add, "name", far, "netns", self.space)
        run("ip", "addr", "add", f"{host}/30", "dev", self.link)
        run(*ns, "addr", "add", f"{self.there}/30", "dev", far)
        run("ip", "link", "set", self.link, "up")
        run(*ns, "link", "set", far, "up")
        self.relay = subprocess.Popen(
            ["ip", "netns", "exec", self.space, sys.executable]
            + [str(pathlib.Path(__file__).with_name("delay_proxy.py"))]
            + [self.there, "5432", conninfo],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        assert self.relay.stdout.readline() == b"ready\n"

    def instead_of(self, conninfo):
        return pg_wire.elsewhere(conninfo, self.there, 5432)

    def set(self, state):
        run("ip", "link", "set", self.link, state)

    def remove(self):
        relay = getattr(self, "relay", None)
        if relay:
            relay.stdin.close()
            relay.wait(20)
        subprocess.run(["ip", "link", "del", self.link], capture_output=True)
        subprocess.run(["ip", "netns", "del", self.space], capture_output=True)


@pytest.fixture
def network(pg):
    if os.geteuid() != 0 or not shutil.which("ip"):
        pytest.skip("a network namespace needs root and `ip`")
    made = Network.__new__(Network)
    try:
        made.__init__(pg.conninfo)
    except subprocess.CalledProcessError as e:
        made.remove()
        pytest.skip(f"no network namespace: {e.stderr.decode().strip()}")
    yield made
    made.remove()


@pytest.mark.bound(120)
def test_a_network_that_drops_everything(serve, pg, network):
    """In mid-query the link goes down: no packet says so."""
    d = serve(
        pg,
        by=network,
        pool_size=2,
        query_timeout="1s",
        query_wait_timeout="3s",
        **SOON,
    )
    c = d.connect()
    batch = c.send_batch(
        statements(LONG, LONG, "SELECT 3"), dispatch="independent"
    )
    wait_until(lambda: d.place.running() == 2)
    network.set("down")
    b = c.collect(batch, timeout=40)
    assert b.status("1", "2", "3") == ["unknown", "unknown", "not_sent"]
    check_other(d)
    network.set("up")
    wait_until(lambda: c.batch("SELECT 1").status() == ["ok"], 40)
    d.place.terminate_all()  # the server has not noticed anything yet
