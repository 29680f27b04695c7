"""What the fault tests' servers and proxies share: the messages of the
PostgreSQL protocol as bytes, and sockets that are cut or copied."""

import socket
import struct

import psycopg2.extensions

CANCEL_REQUEST = 80877102
SSL_REQUEST = 80877103


class Gone(Exception):
    """The other side hung up."""


# Messages of a server


def message(kind, payload=b""):
    return kind + struct.pack("!i", len(payload) + 4) + payload


def auth(code, rest=b""):
    return message(b"R", struct.pack("!i", code) + rest)


def parameter(name, value):
    return message(b"S", name + b"\0" + value + b"\0")


def ready(tx=b"I"):
    return message(b"Z", tx)


def fields(**given):
    """The fields of an error or a notice, by their one-letter codes."""
    return b"".join(
        code.encode() + value + b"\0" for code, value in given.items()
    )


def error(sqlstate, text=b"no", severity=b"ERROR", kind=b"E"):
    return message(
        kind, fields(S=severity, V=severity, C=sqlstate, M=text) + b"\0"
    )


def fatal(sqlstate, text=b"no"):
    return error(sqlstate, text, b"FATAL")


def notice(text):
    return error(b"00000", text, b"NOTICE", b"N")


def columns(*names, oid=25):
    described = [
        n + b"\0" + struct.pack("!ihihih", 0, 0, oid, -1, -1, 0) for n in names
    ]
    return message(b"T", struct.pack("!h", len(names)) + b"".join(described))


def row(*values):
    cells = [struct.pack("!i", len(v)) + v for v in values]
    return message(b"D", struct.pack("!h", len(values)) + b"".join(cells))


def complete(tag):
    return message(b"C", tag + b"\0")


AUTH_OK = auth(0)
KEY = message(b"K", struct.pack("!ii", 4242, 7))
WELCOME = (
    AUTH_OK
    + parameter(b"server_version", b"15.0")
    + parameter(b"client_encoding", b"UTF8")
    + parameter(b"standard_conforming_strings", b"on")
    + KEY
    + ready()
)
PARSED = message(b"1") + message(b"2")
ROWS_BEGIN = PARSED + columns(b"a")
ANSWER = ROWS_BEGIN + row(b"1") + complete(b"SELECT 1") + ready()


# Sockets


def reset(sock):
    """Cuts a TCP connection the hard way."""
    linger = struct.pack("ii", 1, 0)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
    sock.close()


def hang_up(sock):
    """Ends it both ways, also for a thread that waits in recv()."""
    try:
        sock.shutdown(socket.SHUT_RDWR)
    except OSError:
        pass


def read_exactly(sock, n):
    data = b""
    while len(data) < n:
        piece = sock.recv(n - len(data))
        if not piece:
            raise Gone
        data += piece
    return data


def read_startup(sock):
    """The first packet of a client, whole, and the code in it."""
    head = read_exactly(sock, 4)
    body = read_exactly(sock, struct.unpack("!i", head)[0] - 4)
    return head + body, struct.unpack("!i", body[:4])[0]


def read_message(sock):
    """(kind, payload) of a client's next message."""
    head = read_exactly(sock, 5)
    return head[:1], read_exactly(sock, struct.unpack("!i", head[1:])[0] - 4)


def socket_of(conninfo):
    """The path of the Unix socket that a conninfo means."""
    dsn = psycopg2.extensions.parse_dsn(conninfo)
    return f"{dsn['host']}/.s.PGSQL.{dsn['port']}"


def connect_unix(path):
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    sock.connect(path)
    return sock


def listen_tcp(host="127.0.0.1", port=0):
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind((host, port))
    listener.listen(256)
    return listener


def elsewhere(conninfo, host, port):
    """The same conninfo, but for another place over TCP."""
    dsn = psycopg2.extensions.parse_dsn(conninfo)
    dsn.update(host=host, port=str(port), sslmode="disable")
    return " ".join(f"{key}='{value}'" for key, value in dsn.items())
