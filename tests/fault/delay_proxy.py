"""A proxy in front of a real PostgreSQL that delays, cuts and throttles.

    with DelayProxy(pg.conninfo) as proxy:
        d = fanoutd("postgres", conninfo=proxy.conninfo)
        proxy.cancels.shut()          # cancel requests stay on their way …
        proxy.cancels.open()          # … and arrive now
        proxy.queries.cut_on = b"COMMIT"   # the next piece with that

It listens on TCP and speaks to the server over its Unix socket. Connections
are of two kinds, each with a Rule: `cancels`, whose first packet is a
CancelRequest, and `queries`, all others. Rules may change at any time.

By itself it is a plain relay, which can be started within a network
namespace: delay_proxy.py HOST PORT CONNINFO
"""

import socket
import sys
import threading
import time

import pg_wire


class Rule:
    """What happens to what clients send (and, where it says so, to what the
    server answers) on one kind of connection."""

    def __init__(self):
        self.delay = 0.0  # seconds before a piece goes on
        self.rate = None  # bytes a second of the server's answers
        self.refuse = False  # connections end at once
        self.cut_on = None  # the next piece with these bytes cuts it …
        self.cut_after = False  # … once the server has answered it
        self.hang_on = None  # a piece with these bytes never arrives
        self.n_seen = 0  # connections of this kind so far
        self.forward = threading.Event()
        self.back = threading.Event()
        self.open()

    def shut(self):
        """Nothing of a client goes on to the server."""
        self.forward.clear()

    def shut_back(self):
        """Nothing of the server goes back to a client."""
        self.back.clear()

    def open(self):
        self.forward.set()
        self.back.set()


class Link:
    """One connection through the proxy."""

    def __init__(self, proxy, client):
        self.proxy, self.client = proxy, client
        self.server = None
        self.cut_next = False

    def run(self):
        try:
            first, code = pg_wire.read_startup(self.client)
            cancel = code == pg_wire.CANCEL_REQUEST
            self.rule = self.proxy.cancels if cancel else self.proxy.queries
            delay, refuse = self.rule.delay, self.rule.refuse
            self.rule.n_seen += 1
            if refuse:
                raise pg_wire.Gone
            self.hold(self.rule.forward)
            time.sleep(delay)
            self.server = pg_wire.connect_unix(self.proxy.path)
            self.server.sendall(first)
            back = threading.Thread(target=self.bring_back, daemon=True)
            back.start()
            self.bring_forward()
            back.join()
        except (OSError, pg_wire.Gone):
            pass
        self.close()

    def hold(self, gate):
        while not gate.wait(0.05):
            if self.proxy.ended:
                raise pg_wire.Gone

    def bring_forward(self):
        try:
            while data := self.client.recv(65536):
                self.hold(self.rule.forward)
                time.sleep(self.rule.delay)
                if self.rule.hang_on and self.rule.hang_on in data:
                    self.hold(threading.Event())
                if self.rule.cut_on and self.rule.cut_on in data:
                    self.cut_here(data)
                    return
                self.server.sendall(data)
        except (OSError, pg_wire.Gone):
            pass
        pg_wire.hang_up(self.server)

    def cut_here(self, data):
        self.rule.cut_on = None
        if self.rule.cut_after:
            self.cut_next = True
            self.server.sendall(data)
        else:
            self.cut()

    def bring_back(self):
        try:
            while data := self.server.recv(65536):
                self.hold(self.rule.back)
                if self.cut_next:
                    break
                self.send_back(data)
        except (OSError, pg_wire.Gone):
            pass
        pg_wire.hang_up(self.client)
        pg_wire.hang_up(self.server)

    def send_back(self, data):
        piece = self.rule.rate // 10 if self.rule.rate else len(data)
        for at in range(0, len(data), piece):
            if self.rule.rate:
                time.sleep(0.1)
            self.client.sendall(data[at : at + piece])

    def cut(self):
        for sock in (self.client, self.server):
            if sock:
                pg_wire.hang_up(sock)

    def close(self):
        self.client.close()
        if self.server:
            self.server.close()
        with self.proxy.lock:
            self.proxy.links.discard(self)


class DelayProxy:
    def __init__(self, conninfo, host="127.0.0.1", port=0):
        self.path = pg_wire.socket_of(conninfo)
        self.queries, self.cancels = Rule(), Rule()
        self.links = set()
        self.ended = False
        self.lock = threading.Lock()
        self.listener = pg_wire.listen_tcp(host, port)
        self.upstream = conninfo
        self.thread = threading.Thread(target=self.accept, daemon=True)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.ended = True
        pg_wire.hang_up(self.listener)
        self.thread.join()
        self.listener.close()
        self.cut()

    @property
    def conninfo(self):
        return self.instead_of(self.upstream)

    def instead_of(self, conninfo):
        """CONNINFO, by way of this proxy."""
        return pg_wire.elsewhere(conninfo, *self.listener.getsockname())

    def cut(self):
        """Every connection, now."""
        with self.lock:
            links = list(self.links)
        for link in links:
            link.cut()

    def accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            link = Link(self, client)
            with self.lock:
                self.links.add(link)
            threading.Thread(target=link.run, daemon=True).start()


if __name__ == "__main__":
    host, port, conninfo = sys.argv[1:]
    with DelayProxy(conninfo, host, int(port)):
        print("ready", flush=True)
        sys.stdin.read()
