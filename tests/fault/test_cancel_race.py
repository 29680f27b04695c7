"""A cancel that comes late: it may hit the statement it was meant for, or
nothing, and never what another client runs."""

import collections
import random
import time

import pytest

from sql import FOREVER, wait_until
from whole import check_pool, start

SEED = 20240613


class Victim:
    """Always has one statement of its own in flight."""

    def __init__(self, daemon, number):
        self.client = daemon.connect()
        self.number, self.n = number, 0
        self.send()

    def send(self):
        self.n += 1
        self.nonce = f"{self.number}/{self.n}"
        self.batch = self.client.send_batch(
            f"SELECT pg_sleep(0.002)::text || '{self.nonce}'", id=self.nonce
        )

    def check(self):
        b = self.client.collect(self.batch, timeout=40)
        assert b.status() == ["ok"], b.error()
        assert b.rows["1"] == [[self.nonce]]


def test_a_cancel_of_ones_own_ended_batch_hits_no_other(serve, pg):
    """Two clients use the same id, as clients that count do; one's cancel
    comes when its own batch is over."""
    d = serve(pg)
    one, two = d.connect(), d.connect()
    one.batch("SELECT 1", id="b1")
    batch = start(two, "SELECT pg_sleep(1)", id="b1")
    one.send({"type": "cancel", "batch": "b1"})
    assert two.collect(batch).status() == ["ok"]


@pytest.mark.bound(120)
def test_a_thousand_cancels_race_with_the_end(serve, pg):
    """Each is sent about when its statement ends, on connections that the
    statements of others wait for."""
    d = serve(pg, pool_size=3)
    rng = random.Random(SEED)
    attackers = [d.connect() for _ in range(4)]
    victims = [Victim(d, n) for n in range(4)]
    tally = collections.Counter()
    for _ in range(250):
        batches = [
            c.send_batch(f"SELECT pg_sleep({rng.uniform(0, 0.006):.4f})")
            for c in attackers
        ]
        for c, batch in zip(attackers, batches):
            time.sleep(rng.uniform(0, 0.002))
            c.send({"type": "cancel", "batch": batch})
        for victim in victims:
            victim.check()
            victim.send()
        for c, batch in zip(attackers, batches):
            tally[c.collect(batch).status("1")] += 1
            c.stash.clear()  # the answers to the cancels
    for victim in victims:
        victim.check()
    assert sum(tally.values()) == 1000
    assert set(tally) <= {"ok", "cancelled", "not_sent"}, tally
    assert tally["ok"] and tally["cancelled"], "there was no race"
    assert d.place.connections() <= 3


def late_cancel(daemon, proxy):
    """Sends a cancel which stays on its way while its statement ends by
    itself, and a statement of somebody else that waits behind it. Gives
    that client and its batch."""
    c, other = daemon.connect(), daemon.connect()
    batch = start(c, "SELECT pg_sleep(0.5)")
    proxy.cancels.shut()
    c.send({"type": "cancel", "batch": batch})
    after = other.send_batch("SELECT pg_sleep(1.5), 'mine'", progress=True)
    assert c.wait_for("done", batch=batch)["status"] == "ok"
    wait_until(lambda: proxy.cancels.n_seen == 1)
    return other, after


def test_a_connection_is_not_used_while_a_cancel_is_on_its_way(
    serve, pg, proxy
):
    d = serve(pg, by=proxy, pool_size=1)
    other, after = late_cancel(d, proxy)
    other.stash.append(other.read())  # accepted
    assert other.silent(2), "nothing starts"
    proxy.cancels.open()
    b = other.collect(after)
    assert b.status() == ["ok"] and b.rows["1"] == [["", "mine"]]
    check_pool(d, 1)


@pytest.mark.bound(90)
def test_a_cancel_that_is_later_than_anybody_waits(serve, pg, proxy):
    """Then the connection is closed, and another serves; the cancel comes
    while that one runs."""
    d = serve(pg, by=proxy, pool_size=1)
    other, after = late_cancel(d, proxy)
    started = other.wait_for("started", batch=after, timeout=40)
    assert d.place.connections() <= 1
    proxy.cancels.open()
    done = other.wait_for("done", batch=after, timeout=40)
    assert started and done["status"] == "ok", done
    check_pool(d, 1)


@pytest.mark.bound(120)
def test_many_cancels_delayed_by_seconds(serve, pg, proxy):
    d = serve(pg, by=proxy, pool_size=4)
    rng = random.Random(SEED)
    attackers = [d.connect() for _ in range(8)]
    victims = [Victim(d, n) for n in range(4)]
    for _ in range(5):
        batches = [c.send_batch("SELECT pg_sleep(0.05)") for c in attackers]
        for c, batch in zip(attackers, batches):
            proxy.cancels.delay = rng.uniform(0, 2)
            time.sleep(rng.uniform(0, 0.05))
            c.send({"type": "cancel", "batch": batch})
        for victim in victims:
            victim.check()
            victim.send()
        for c, batch in zip(attackers, batches):
            status = c.collect(batch, timeout=40).status("1")
            assert status in ("ok", "cancelled", "not_sent")
            c.stash.clear()
    for victim in victims:
        victim.check()
    assert d.place.connections() <= 4


def test_a_cancel_that_is_refused_is_tried_again(serve, pg, proxy):
    d = serve(pg, by=proxy, pool_size=1)
    c = d.connect()
    batch = start(c, FOREVER["postgres"])
    proxy.cancels.refuse = True
    c.send({"type": "cancel", "batch": batch})
    wait_until(lambda: proxy.cancels.n_seen >= 2)
    proxy.cancels.refuse = False
    assert c.wait_for("done", batch=batch)["status"] == "cancelled"
    check_pool(d, 1)


@pytest.mark.bound(90)
def test_cancels_that_hang_hold_up_no_other_database(serve, pg, proxy):
    """Twelve of them, so that whatever sends them is busy with them."""
    other_place = pg.schema()
    more = {
        "database other": {
            "engine": "postgres",
            "conninfo": other_place.conninfo,
        }
    }
    d = serve(pg, by=proxy, pool_size=12, more=more)
    c, other = d.connect(), d.connect()
    batch = c.send_batch(
        [{"sql": FOREVER["postgres"]} for _ in range(12)],
        dispatch="independent",
    )
    wait_until(lambda: d.place.running() == 12)
    proxy.cancels.shut()
    c.send({"type": "cancel", "batch": batch})
    wait_until(lambda: proxy.cancels.n_seen > 0)
    mine = start(other, FOREVER["postgres"], db="other")
    other.send({"type": "cancel", "batch": mine})
    assert other.wait_for("done", batch=mine)["status"] == "cancelled"
    proxy.cancels.open()
    assert set(c.collect(batch).status()) <= {"cancelled", "unknown"}
    check_pool(d, 12)
