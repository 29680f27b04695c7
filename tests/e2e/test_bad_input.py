"""Lines and texts that are wrong: each is refused, saying where, and the
connection goes on."""

import pytest

from refusals import rejection
from sql import statements


@pytest.fixture
def client(client_shared):
    return client_shared


# The line


@pytest.mark.parametrize(
    "line",
    [
        b"{",
        b"nonsense",
        b'{"type":"ping"',
        b'{"type":"ping"} trailing',
        b'{"type":"ping"}{"type":"ping"}',
        b'{"type":"ping","type":"ping"}',
        b"{'type':'ping'}",
        b"[]",
        b"1",
        b"null",
        b'"ping"',
        b"{}",
        b'{"type":1}',
        b'{"type":"ping","x_":99999999999999999999}',
        b'{"type":null}',
        b'{"type":"nothing"}',
        b'{"type":"done"}',
        b"[" * 100_000,
        b'{"a":' * 100_000,
        b"\x00",
        b'\xef\xbb\xbf{"type":"ping"}',
    ],
    ids=lambda line: repr(line[:30]),
)
def test_a_bad_line_in_the_middle_of_a_stream(client, line):
    client.send_raw(b'{"type":"ping"}\n' + line + b'\n{"type":"ping"}\n')
    types = [client.read()["type"] for _ in range(3)]
    assert types == ["pong", "error", "pong"]


def test_bad_json_says_where(client):
    client.send_raw(b'{"type":"batch","sql":oops}\n')
    message = client.wait_for("error")["error"]["message"]
    assert any(c.isdigit() for c in message), message


def test_a_bad_line_does_not_touch_what_runs(client):
    batch = client.send_batch("SELECT 1; SELECT 2")
    client.send_raw(b"oops\n")
    assert client.collect(batch).status() == ["ok", "ok"]
    assert client.wait_for("error")


def test_half_lines(client):
    client.send_raw(b'{"type":"ba')
    assert client.silent(0.1)
    client.send_raw(b'tch","id":"h","sql":"SELECT 1"}\n{"type":"pi')
    assert client.collect("h").rows["1"] == [["1"]]
    client.send_raw(b'ng"}\n')
    assert client.read() == {"type": "pong"}


def test_one_byte_at_a_time(client):
    line = '{"type":"batch","id":"é","sql":"SELECT \'ção\'"}\n'.encode()
    for n in range(len(line)):
        client.send_raw(line[n : n + 1])
    assert client.collect("é").rows["1"] == [["ção"]]


def test_carriage_returns_and_blank_lines(client):
    client.send_raw(b'\r\n{"type":"ping"}\r\n\n  \n{"type":"ping"}\r\n')
    assert [client.read() for _ in range(2)] == [{"type": "pong"}] * 2


def test_spaces_are_free(client):
    client.send_raw(b' { "type" :\t"ping" }  \n')
    assert client.read() == {"type": "pong"}


def test_many_lines_in_one_write(client):
    client.send_raw(b'{"type":"ping"}\n' * 5000)
    assert all(client.read() == {"type": "pong"} for _ in range(5000))


def test_a_last_line_without_its_end(client):
    client.send_raw(b'{"type":"batch","id":"l","sql":"SELECT 1"}')
    client.half_close()
    assert client.collect("l").rows["1"] == [["1"]]
    assert client.next_frame() is None


def test_half_a_last_line_is_not_run(client):
    client.send_raw(b'{"type":"batch","id":"l","sql":"SELECT 1"')
    client.half_close()
    assert client.next_frame()["type"] == "error"
    assert client.next_frame() is None


@pytest.mark.parametrize("extra", [1, 4096, 300_000])
def test_a_line_over_max_line(fanoutd, extra):
    c = fanoutd("sqlite", daemon={"max_line": "4kB"}).connect()
    c.send_raw(b'{"type":"ping","x_":"' + b"a" * (4096 + extra))
    c.send_raw(b'"}\n{"type":"ping"}\n')
    assert "max_line" in c.wait_for("error")["error"]["message"]
    assert c.read() == {"type": "pong"}
    assert c.batch("SELECT 1").rows["1"] == [["1"]]


def test_a_line_as_long_as_max_line(fanoutd):
    c = fanoutd("sqlite", daemon={"max_line": "4kB"}).connect()
    frame = b'{"type":"ping","x_":"'
    c.send_raw(frame + b"a" * (4096 - len(frame) - 2) + b'"}\n')
    assert c.read() == {"type": "pong"}


# Text


def test_nul_in_sql(client):
    message = rejection(client, sql="SELECT 1; SELECT 'a\0b'")
    assert "NUL" in message and message.startswith("sql: ")
    assert "20" in message, "the character that it is"


def test_nul_in_a_statement(client):
    texts = statements("SELECT 1", "SELECT '\0'")
    message = rejection(client, statements=texts)
    assert "NUL" in message and message.startswith("statements[1].sql: ")


def test_nul_in_a_param(client):
    entry = {"sql": "SELECT $1", "params": ["ok", "a\0b"]}
    message = rejection(client, statements=[entry])
    assert "NUL" in message
    assert message.startswith("statements[0].params[1]: ")


@pytest.mark.parametrize(
    "bad",
    [
        b"\xff",
        b"\xc3",
        b"\xc0\x80",
        b"\xed\xa0\x80",
        b"\xf4\x90\x80\x80",
        b"\xe2\x82",
    ],
)
def test_bad_utf8_says_where(client, bad):
    start = b'{"type":"batch","id":"u","sql":"SELECT \''
    client.send_raw(start + bad + b"'\"}\n")
    answer = client.read()
    assert (answer["type"], answer["batch"]) == ("rejected", "u")
    assert f"UTF-8 at byte {len(start) + 1}" in answer["error"]["message"]
    assert client.ping()


def test_half_a_surrogate_pair(client):
    client.send_raw(b'{"type":"batch","id":"u","sql":"SELECT \'\\ud800\'"}\n')
    assert client.read()["type"] in ("rejected", "error")
    assert client.ping()
