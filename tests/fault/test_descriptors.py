"""No file descriptor is left: the daemon says so, refuses what is new, goes
on serving the rest, and recovers."""

import contextlib
import os
import resource
import socket

import pytest

from sql import FOREVER, wait_until
from whole import check_pool, kill_all, start


@contextlib.contextmanager
def room_for(daemon, n):
    """The daemon may open so many more."""
    whole = resource.prlimit(daemon.pid, resource.RLIMIT_NOFILE)
    highest = max(map(int, os.listdir(f"/proc/{daemon.pid}/fd")))
    limit = (highest + 1 + n, whole[1])
    resource.prlimit(daemon.pid, resource.RLIMIT_NOFILE, limit)
    yield
    resource.prlimit(daemon.pid, resource.RLIMIT_NOFILE, whole)


def knock(daemon):
    """A socket whose connection the daemon may take or close."""
    sock = socket.create_connection(daemon.address, timeout=20)
    sock.sendall(b'{"type":"ping"}\n')
    return sock


def answer(sock):
    try:
        return sock.recv(100)
    except ConnectionResetError:
        return b""


@pytest.fixture
def served(serve, pg):
    d = serve(pg, pool_size=3, server_login_retry="10ms")
    c = d.connect()
    assert c.batch("SELECT 1").status() == ["ok"]
    assert c.batch("SELECT 1", db="main").status() == ["ok"]
    return d, c


def test_new_clients_are_turned_away_and_the_others_served(served):
    d, c = served
    with room_for(d, 4):
        knocks = [knock(d) for _ in range(12)]
        answers = [answer(sock) for sock in knocks]
        assert b"" in answers, "nobody was turned away"
        assert any(b"pong" in a for a in answers)
        assert c.ping()
        assert c.batch("SELECT 2").rows["1"] == [["2"]]
        assert "descriptors" in d.stderr()
        for sock in knocks:
            sock.close()
        wait_until(d.answers)
    check_pool(d, 3)


def test_a_database_that_cannot_be_opened_waits(served):
    """Two connections more are wanted and there is no descriptor for them:
    the one that is there does the work."""
    d, c = served
    with room_for(d, 0):
        b = c.batch("SELECT 1; SELECT 2; SELECT 3; SELECT 4")
        assert b.status() == ["ok"] * 4
        assert c.ping()
    check_pool(d, 3)


def test_no_connection_at_all(served):
    d, c = served
    kill_all(d)
    wait_until(lambda: all(r["database"] != "pg" for r in c.show("servers")))
    with room_for(d, 0), fill(d):
        batch = c.send_batch("SELECT 1")
        rows = {}

        def failing():
            rows.update({r["name"]: r for r in c.show("databases")})
            return rows["pg"]["state"] == "failing"

        wait_until(failing)
        assert "open files" in rows["pg"]["last_error"], rows["pg"]
    assert c.collect(batch).status() == ["ok"]
    check_pool(d, 3)


@contextlib.contextmanager
def fill(daemon):
    """Clients take what free descriptors there are below the limit."""
    socks = []
    while True:
        socks.append(knock(daemon))
        if answer(socks[-1]) == b"":
            break
    yield
    for sock in socks:
        sock.close()


def test_a_cancel_without_a_descriptor_is_told(served):
    """It cannot be asked for, so the outcome is not known; afterwards the
    statement does not run on."""
    d, c = served
    batch = start(c, FOREVER["postgres"])
    with room_for(d, 0), fill(d):
        c.send({"type": "cancel", "batch": batch})
        done = c.wait_for("done", batch=batch)
        assert done["status"] in ("unknown", "cancelled"), done
        assert c.ping()
    c.collect(batch)
    wait_until(lambda: d.place.running() == 0)
    check_pool(d, 3)
