"""docs/protocol.schema.json is a schema, and says what the daemon says."""

import pytest

import frame_check

jsonschema = pytest.importorskip("jsonschema")


def valid(frame):
    try:
        frame_check.check("client", frame)
        return True
    except AssertionError:
        return False


def test_it_is_a_schema():
    jsonschema.Draft202012Validator.check_schema(frame_check.schema())


GOOD = [
    {"type": "ping"},
    {"type": "ping", "x_any": {"thing": 1}},
    {"type": "hello"},
    {"type": "reload"},
    {"type": "show", "what": "pools"},
    {"type": "batch", "sql": "SELECT 1"},
    {"type": "batch", "id": "b", "sql": "SELECT 1", "order": "statement"},
    {
        "type": "batch",
        "statements": [
            {"id": "a", "sql": "SELECT $1", "params": ["x", None]},
            {"sql": "SELECT 2", "after": ["a"], "timeout_ms": 5},
        ],
    },
    {"type": "cancel", "batch": "b"},
    {"type": "cancel", "batch": "b", "id": "1", "client": 7},
    {"type": "copy_data", "batch": "b", "id": "1", "data": "1\n"},
    {"type": "copy_end", "batch": "b", "id": "1"},
]

BAD = [
    {"type": "ping", "any": 1},
    {"type": "btach", "sql": "SELECT 1"},
    {"type": "batch"},
    {"type": "batch", "sql": "SELECT 1", "statements": [{"sql": "SELECT 1"}]},
    {"type": "batch", "statements": []},
    {"type": "batch", "statements": [{"id": "a"}]},
    {"type": "batch", "sql": "SELECT 1", "on_eror": "stop"},
    {"type": "batch", "sql": "SELECT 1", "want": "row"},
    {"type": "batch", "sql": "SELECT 1", "timeout_ms": -1},
    {"type": "batch", "sql": "SELECT 1", "max_concurrency": 0},
    {"type": "batch", "statements": [{"sql": "SELECT 1", "params": "x"}]},
    {"type": "cancel"},
    {"type": "copy_data", "batch": "b", "id": "1"},
    {"type": "show"},
]


@pytest.mark.parametrize("frame", GOOD)
def test_schema_and_daemon_accept(client_shared, frame):
    assert valid(frame)
    client_shared.send(frame)
    answer = client_shared.read()
    message = (answer.get("error") or {}).get("message", "")
    assert "did you mean" not in message
    assert answer["type"] != "rejected", answer


@pytest.mark.parametrize("frame", BAD)
def test_schema_and_daemon_refuse(client_shared, frame):
    assert not valid(frame)
    client_shared.send(frame)
    assert client_shared.read()["type"] in ("rejected", "error")
