"""A fanoutd that says what a test tells it to: real sockets, no SQL.

    def script(conn):
        batch = conn.read()                    # the client's next line
        conn.send(accepted(batch, 1))
        conn.send(done("1", count=3), end())

    with FakeFanoutd(script) as server:
        subprocess.run([FANOUT, "-h", server.host, "-p", str(server.port), …])

The script runs in a thread of its own for each connection. What it raises,
failed assertions included, is raised again where the `with` block ends.
"""

import json
import socket
import struct
import threading

BATCH = "b"
TIMEOUT = 20


class Conn:
    """The server's end of one connection."""

    def __init__(self, sock):
        self.sock = sock
        self.file = sock.makefile("rb")

    def read(self):
        """The client's next line, decoded; None at its end."""
        line = self.file.readline()
        return json.loads(line) if line else None

    def send(self, *frames):
        self.raw(
            "".join(
                json.dumps(f, ensure_ascii=False) + "\n" for f in frames
            ).encode()
        )

    def raw(self, data):
        self.sock.sendall(data)

    def reset(self):
        """Ends the connection the hard way."""
        linger = struct.pack("ii", 1, 0)
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        self.close()

    def close(self):
        self.file.close()
        self.sock.close()


class FakeFanoutd:
    def __init__(self, script, path=None):
        self.script = script
        self.path = path
        self.failure = None
        self.threads = []

    def __enter__(self):
        family = socket.AF_UNIX if self.path else socket.AF_INET
        self.listener = socket.socket(family, socket.SOCK_STREAM)
        self.listener.bind(self.path or ("127.0.0.1", 0))
        self.listener.listen()
        self.host = self.path or "127.0.0.1"
        self.port = None if self.path else self.listener.getsockname()[1]
        self.acceptor = threading.Thread(target=self._accept, daemon=True)
        self.acceptor.start()
        return self

    def __exit__(self, kind, value, traceback):
        # close() alone would leave accept() waiting.
        self.listener.shutdown(socket.SHUT_RDWR)
        self.acceptor.join(TIMEOUT)
        self.listener.close()
        for thread in self.threads:
            thread.join(TIMEOUT)
            assert not thread.is_alive(), "the script hangs"
        if self.failure and kind is None:
            raise self.failure

    def _accept(self):
        while True:
            try:
                sock, _ = self.listener.accept()
            except OSError:
                return
            sock.settimeout(TIMEOUT)
            thread = threading.Thread(
                target=self._serve, args=(sock,), daemon=True
            )
            self.threads.append(thread)
            thread.start()

    def _serve(self, sock):
        conn = Conn(sock)
        try:
            self.script(conn)
        except Exception as failure:
            self.failure = failure
        finally:
            conn.close()


def accepted(request, statements):
    return {
        "type": "accepted",
        "batch": request["id"],
        "statements": statements,
    }


def started(number, conn=1):
    return {"type": "started", "batch": BATCH, "id": number, "conn": conn}


def columns(number, *names, oid=25):
    """Names are text; a pair (name, oid) says otherwise."""
    pairs = [n if isinstance(n, tuple) else (n, oid) for n in names]
    return {
        "type": "columns",
        "batch": BATCH,
        "id": number,
        "columns": [
            {"name": name, "type": "text", "oid": o} for name, o in pairs
        ],
    }


def rows(number, *values):
    return {
        "type": "rows",
        "batch": BATCH,
        "id": number,
        "rows": [list(v) for v in values],
    }


def copy(number, data):
    return {"type": "copy", "batch": BATCH, "id": number, "data": data}


def done(
    number,
    status="ok",
    tag=None,
    count=None,
    error=None,
    conn=1,
    queue_us=1000,
    exec_us=12000,
):
    ran = conn is not None
    return {
        "type": "done",
        "batch": BATCH,
        "id": number,
        "status": status,
        "tag": tag,
        "count": count,
        "error": error,
        "conn": conn,
        "queue_us": queue_us,
        "exec_us": exec_us if ran else None,
        "total_us": queue_us + (exec_us if ran else 0),
    }


def end(wall_us=20000, exec_us=None, **counts):
    frame = {
        "type": "end",
        "batch": BATCH,
        "wall_us": wall_us,
        "exec_us": exec_us,
        "peak_concurrency": 1,
    }
    frame.update(
        {
            name: 0
            for name in (
                "ok",
                "error",
                "skipped",
                "cancelled",
                "not_sent",
                "unknown",
            )
        }
    )
    frame.update(counts)
    return frame


def error(message, sqlstate="42601", source="server", **fields):
    return {
        "source": source,
        "severity": "ERROR",
        "sqlstate": sqlstate,
        "message": message,
        **fields,
    }
