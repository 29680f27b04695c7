"""A server that speaks the PostgreSQL protocol wrongly on purpose.

    def script(conn):
        conn.send(WELCOME)
        conn.read_query()
        conn.send(b"garbage")

    with HostilePg(script) as server:
        fanoutd("postgres", conninfo=server.conninfo)

The script runs in a thread of its own for each connection, after the startup
packet was read. `server.script` may be changed at any time; relay_to(path)
makes one that leads to a real server. What a script raises, other than that
the client hung up, is raised again where the `with` block ends.
"""

import socket
import threading

import pg_wire


class Conn:
    """The server's end of one connection."""

    def __init__(self, sock, startup, number):
        self.sock, self.startup, self.number = sock, startup, number

    def send(self, data):
        self.sock.sendall(data)

    def read_query(self):
        """Reads on to the end of the client's next request."""
        kinds = b""
        while not kinds.endswith((b"S", b"Q")):
            kind, _ = pg_wire.read_message(self.sock)
            if kind == b"X":
                raise pg_wire.Gone
            kinds += kind
        return kinds

    def hang(self):
        """Says nothing more until the client goes."""
        while self.sock.recv(65536):
            pass

    def reset(self):
        pg_wire.reset(self.sock)


def copy(source, sink, record=None):
    """Until the end of SOURCE; each piece also goes into RECORD."""
    try:
        while data := source.recv(65536):
            if record is not None:
                record(data)
            sink.sendall(data)
    except OSError:
        pass
    pg_wire.hang_up(sink)


def relay_to(path, record=lambda direction, data: None):
    """A script that leads to the server at this Unix socket."""

    def script(conn):
        upstream = pg_wire.connect_unix(path)
        upstream.sendall(conn.startup)
        back = threading.Thread(
            target=copy,
            args=(upstream, conn.sock, lambda data: record("server", data)),
        )
        back.start()
        copy(conn.sock, upstream, lambda data: record("client", data))
        back.join()
        upstream.close()

    return script


class HostilePg:
    def __init__(self, script):
        self.script = script
        self.n_conns = 0
        self.cancels = 0
        self.failure = None
        self.open = set()
        self.lock = threading.Lock()

    def __enter__(self):
        self.listener = pg_wire.listen_tcp()
        self.port = self.listener.getsockname()[1]
        self.thread = threading.Thread(target=self.accept)
        self.thread.start()
        return self

    def __exit__(self, *_):
        pg_wire.hang_up(self.listener)
        self.thread.join()
        self.listener.close()
        with self.lock:
            still_open = list(self.open)
        for sock in still_open:
            pg_wire.hang_up(sock)
        if self.failure:
            raise self.failure

    @property
    def conninfo(self):
        return (
            f"host=127.0.0.1 port={self.port} user=fanout dbname=postgres"
            " sslmode=disable"
        )

    def accept(self):
        while True:
            try:
                sock, _ = self.listener.accept()
            except OSError:
                return
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with self.lock:
                self.open.add(sock)
            threading.Thread(
                target=self.serve, args=(sock,), daemon=True
            ).start()

    def serve(self, sock):
        try:
            self.greet(sock)
        except (OSError, pg_wire.Gone):
            pass
        except BaseException as e:
            self.failure = e
        with self.lock:
            self.open.discard(sock)
        sock.close()

    def greet(self, sock):
        startup, code = pg_wire.read_startup(sock)
        if code == pg_wire.CANCEL_REQUEST:
            self.cancels += 1
            return
        self.n_conns += 1
        self.script(Conn(sock, startup, self.n_conns))
