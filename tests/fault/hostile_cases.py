"""What a hostile server says. Each is bytes, or a script of its own."""

import random
import struct
import time

from pg_wire import (
    ANSWER,
    AUTH_OK,
    KEY,
    PARSED,
    ROWS_BEGIN,
    WELCOME,
    auth,
    columns,
    complete,
    error,
    fatal,
    fields,
    message,
    notice,
    parameter,
    ready,
    row,
)

NOISE = random.Random(1).randbytes(4096)
GIANT = struct.pack("!i", 0x7FFFFFFF)
NEGATIVE = struct.pack("!i", -1)


def pour(first, again, megabytes=40):
    """FIRST, then AGAIN over and over, at a pace that others can bear."""

    def say(conn):
        conn.send(first)
        many = again * (1 + 65536 // len(again))
        for _ in range(megabytes * 16):
            conn.send(many)
            time.sleep(0.002)

    return say


# In answer to the startup packet.
STARTS = {
    "nothing": b"",
    "another protocol": b"HTTP/1.1 400 Bad Request\r\n\r\n",
    "zeros": bytes(4096),
    "noise": NOISE,
    "noise after authentication": AUTH_OK + NOISE,
    "length below its own": b"R\0\0\0\3\0\0\0\0",
    "negative length": b"R" + NEGATIVE,
    "giant length": b"R" + GIANT + bytes(65536),
    "giant parameter": AUTH_OK + b"S" + GIANT + bytes(65536),
    "giant error": b"E" + GIANT + bytes(65536),
    "half a message": AUTH_OK[:-2],
    "unknown authentication": auth(99),
    "SASL without a mechanism": auth(10, b"\0"),
    "SASL with an unknown one": auth(10, b"ROT-13\0\0"),
    "SASL from its end": auth(12, b"v=AAAA"),
    "MD5 without salt": auth(5),
    "never ready": AUTH_OK + KEY,
    "rows instead": AUTH_OK + columns(b"a") + row(b"1"),
    "parameter without an end": AUTH_OK + message(b"S", b"client_encoding"),
    "short key": AUTH_OK + message(b"K", b"\0\1"),
    "empty error": message(b"E"),
    "error without fields": message(b"E", b"\0"),
    "error without an end": message(b"E", b"SFATAL"),
    "error of old": b"Ewho are you?\n\0",
    "long error": fatal(b"XX000", b"no! " * 25_000),
    "error that is no UTF-8": fatal(b"XX000", b"n\xe3o \xff"),
    "error with a strange code": fatal(b"\xff\x01", b"no"),
    "protocol negotiation": message(b"v", NEGATIVE + NEGATIVE),
    "endless parameters": pour(AUTH_OK, parameter(b"a", b"b" * 200)),
    "endless notices": pour(AUTH_OK, notice(b"wait" * 50)),
}

# In answer to a statement, with the statuses that are true to it.
LOST = {"unknown"}
OK = {"ok"}
EITHER = {"ok", "error", "unknown"}
ANSWERS = {
    "nothing": (b"", LOST),
    "noise": (NOISE, LOST),
    "half a message": (ANSWER[:-3], LOST),
    "length below its own": (PARSED + b"D\0\0\0\3", LOST),
    "negative length": (ROWS_BEGIN + b"D" + NEGATIVE, LOST),
    "giant length": (ROWS_BEGIN + b"D" + GIANT + bytes(65536), LOST),
    "never ready": (PARSED + message(b"n") + complete(b"INSERT 0 1"), LOST),
    "error, never ready": (error(b"22012"), LOST),
    "fatal": (PARSED + fatal(b"57P01"), LOST),
    "fatal after success": (
        PARSED + message(b"n") + complete(b"INSERT 0 1") + fatal(b"57P01"),
        LOST,
    ),
    "row of too few": (ROWS_BEGIN + row() + complete(b"SELECT 1"), LOST),
    "row of too many": (ROWS_BEGIN + row(b"1", b"2"), LOST),
    "giant value": (
        ROWS_BEGIN + message(b"D", b"\0\1" + GIANT + b"1"),
        LOST,
    ),
    "negative value": (
        ROWS_BEGIN + message(b"D", b"\0\1" + struct.pack("!i", -7)),
        EITHER,
    ),
    "rows before columns": (PARSED + row(b"1"), LOST),
    "negative columns": (PARSED + message(b"T", b"\xff\xff"), LOST),
    "column without an end": (PARSED + message(b"T", b"\0\1abc"), LOST),
    "tag without an end": (ROWS_BEGIN + message(b"C", b"SELECT 1"), LOST),
    "copy both ways": (PARSED + message(b"W", b"\0\0\0"), LOST),
    "authentication again": (PARSED + AUTH_OK, LOST),
    "unknown message": (PARSED + message(b"!", b"what"), LOST),
    "empty error": (message(b"E") + ready(), LOST),
    "error without fields": (message(b"E", b"\0") + ready(), LOST),
    "error without a code": (
        message(b"E", fields(S=b"ERROR", M=b"no") + b"\0") + ready(),
        LOST,
    ),
    "ready at once": (ready(), EITHER),
    "no rows at all": (PARSED + columns() + complete(b"SELECT 0"), LOST),
    "strange tag": (
        ROWS_BEGIN + row(b"1") + complete(b"?" * 5000) + ready(),
        OK,
    ),
    "giant count": (
        PARSED + message(b"n") + complete(b"INSERT 0 " + b"9" * 60) + ready(),
        OK,
    ),
    "strange state": (ANSWER[:-1] + b"?", EITHER),
    "an open transaction": (ANSWER[:-1] + b"T", OK),
    "columns twice": (
        ROWS_BEGIN + row(b"1") + columns(b"a", b"b") + row(b"1", b"2"),
        LOST,
    ),
    "long error": (error(b"22012", b"no! " * 25_000) + ready(), {"error"}),
    "error with a long code": (error(b"2" * 60) + ready(), {"error"}),
    "error that is no UTF-8": (
        error(b"2\xff012", b"\xc3\x28\xff\xfe\xed\xa0\x80") + ready(),
        {"error"},
    ),
    "value that is no UTF-8": (
        ROWS_BEGIN + row(b"\xff\xfe\xc3") + complete(b"SELECT 1") + ready(),
        EITHER,
    ),
    "name that is no UTF-8": (
        PARSED + columns(b"\xff\xc0\x80") + complete(b"SELECT 0") + ready(),
        EITHER,
    ),
    "tag that is no UTF-8": (
        ROWS_BEGIN + complete(b"SEL\xff\xc3 \xed\xa0\x80") + ready(),
        EITHER,
    ),
    "notice that is no UTF-8": (notice(b"\xff\xc3\x28") + ANSWER, OK),
    "another encoding": (
        parameter(b"client_encoding", b"LATIN1")
        + ROWS_BEGIN
        + row(b"n\xe3o")
        + complete(b"SELECT 1")
        + ready(),
        EITHER,
    ),
    "endless notices": (pour(PARSED, notice(b"wait" * 50)), LOST),
    "endless notifications": (
        pour(PARSED, message(b"A", b"\0\0\0\1news\0" + b"x" * 200 + b"\0")),
        LOST,
    ),
    "endless rows": (pour(ROWS_BEGIN, row(b"1" * 1000)), LOST),
}


def after(first, say, tail):
    """A script: FIRST, and to each request SAY, then TAIL."""

    def script(conn):
        if first:
            conn.send(first)
            conn.read_query()
        if callable(say):
            say(conn)
        else:
            conn.send(say)
        TAILS[tail](conn)

    return script


TAILS = {
    "close": lambda conn: None,
    "reset": lambda conn: conn.reset(),
    "hang": lambda conn: conn.hang(),
}


def at_start(say, tail):
    return after(None, say, tail)


def at_query(say, tail):
    return after(WELCOME, say, tail)
