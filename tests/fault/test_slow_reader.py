"""A client that reads a result of many GB at 1 kB/s or not at all: memory
stays bounded, client_write_timeout ends it and the server's query with it,
and nobody else is served less."""

import socket
import time

import pytest

from daemon import sanitized
from sql import wait_until
from whole import check_other

MEMORY = 64 * 1024 * 1024
# Nine million rows that the server makes as they are asked for.
PAIRS = "generate_series(1, 3000) AS a, generate_series(1, 3000) AS b"
RESULTS = {
    "rows": f"SELECT repeat('x', 1000) FROM {PAIRS}",
    "copy": f"COPY (SELECT repeat('x', 1000) FROM {PAIRS}) TO STDOUT",
    "notices": "DO $$ BEGIN FOR i IN 1..9000000 LOOP"
    " RAISE NOTICE '%', repeat('x', 1000); END LOOP; END $$",
}
PINGS = 200
GIANT = 100_000_000


def check_memory(daemon):
    assert sanitized() or daemon.rss() < MEMORY


def slow_client(daemon):
    """Its kernel takes little, so that the daemon notices how it reads."""
    c = daemon.connect()
    c.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    return c


def serve_others(daemon, other, pings):
    """PINGS and as many statements are answered, memory bounded."""
    for _ in range(pings):
        assert other.ping()
        assert other.batch("SELECT 1").status() == ["ok"]
        check_memory(daemon)


def count_z(client):
    """How many there are in what comes up to the end of the batch."""
    n, tail = 0, b""
    while b'"type":"end"' not in tail:
        data = client.sock.recv(1 << 20)
        assert data, "closed before the end"
        n += data.count(b"Z")
        tail = (tail + data)[-500:]
    return n


def closed_by_timeout(daemon, n):
    return daemon.stderr().count("client_write_timeout") == n


@pytest.fixture
def served(serve, pg):
    limits = {"client_write_timeout": "2s", "client_buffer": "1MB"}
    return serve(pg, pool_size=4, daemon=limits)


@pytest.mark.bound(90)
@pytest.mark.parametrize("what", RESULTS)
def test_one_that_reads_nothing(served, what):
    c, other = slow_client(served), served.connect()
    c.send_batch(RESULTS[what])
    wait_until(lambda: served.place.running() == 1)
    serve_others(served, other, PINGS)
    wait_until(lambda: closed_by_timeout(served, 1), 30, "the timeout")
    wait_until(lambda: served.place.running() == 0, 30, "the query's end")
    check_memory(served)
    check_other(served)


@pytest.mark.bound(90)
def test_a_giant_value_leaves_nothing_behind(served):
    """While it is told it has to be whole; afterwards no connection that
    stays in the pool may keep room for it."""
    c = served.connect()
    c.send_batch(f"SELECT repeat('Z', {GIANT})")
    assert count_z(c) == GIANT
    if not sanitized():
        wait_until(lambda: served.rss() < MEMORY, what="memory given back")


@pytest.mark.bound(90)
def test_one_that_reads_a_kilobyte_a_second(served):
    """As long as it takes something, it is served; then it stops."""
    c, other = slow_client(served), served.connect()
    c.send_batch(RESULTS["rows"])
    for _ in range(6):
        assert c.sock.recv(1024)
        serve_others(served, other, PINGS // 4)
        time.sleep(1)
    wait_until(lambda: closed_by_timeout(served, 1), 60, "the timeout")
    wait_until(lambda: served.place.running() == 0, 30, "the query's end")
    check_memory(served)


@pytest.mark.bound(90)
def test_many_that_read_nothing(served):
    """More than the pool has connections: the others get their turn."""
    clients = [slow_client(served) for _ in range(8)]
    for c in clients:
        c.send_batch(RESULTS["rows"])
    other = served.connect()
    waiting = other.send_batch("SELECT 1")
    wait_until(lambda: served.place.running() == 4)
    for _ in range(PINGS):
        assert other.ping()
        check_memory(served)
    assert other.collect(waiting, timeout=60).status() == ["ok"]
    wait_until(lambda: closed_by_timeout(served, 8), 60, "the timeouts")
    wait_until(lambda: served.place.running() == 0, 30, "the queries' end")
    check_memory(served)
