"""Requests whose fields or shape are wrong: refused, with what was meant."""

import pytest

from refusals import refusal, rejection
from sql import FOREVER, statements


@pytest.fixture
def client(client_shared):
    return client_shared


# Fields


@pytest.mark.parametrize(
    "field, value, meant",
    [
        ("on_eror", "stop", "on_error"),
        ("dispach", "serial", "dispatch"),
        ("timeout", 5, "timeout_ms"),
        ("SQL", "SELECT 2", "sql"),
    ],
)
def test_an_unknown_field_of_a_batch(client, field, value, meant):
    message = rejection(client, sql="SELECT 1", **{field: value})
    assert field in message and f'did you mean "{meant}"' in message


def test_an_unknown_field_that_is_like_no_other(client):
    message = rejection(client, sql="SELECT 1", zzzzzzzz=1)
    assert "zzzzzzzz" in message and "did you mean" not in message


def test_an_unknown_field_of_a_statement(client):
    message = rejection(client, statements=[{"sql": "SELECT 1", "wnat": "x"}])
    assert '"wnat"' in message and 'did you mean "want"' in message


@pytest.mark.parametrize(
    "frame",
    [
        {"type": "ping", "payload": 1},
        {"type": "hello", "name": "x"},
        {"type": "show", "what": "pools", "wat": 1},
        {"type": "cancel", "batch": "x", "statement": "1"},
        {"type": "reload", "now": True},
        {"type": "copy_end", "batch": "x", "id": "1", "data": ""},
    ],
)
def test_an_unknown_field_of_other_frames(client, frame):
    unknown = list(frame)[-1]
    assert unknown in refusal(client, frame)["error"]["message"]


def test_x_names_are_ignored(client):
    b = client.batch(
        [{"sql": "SELECT 1", "x_tag": [1]}], x_trace={"a": 1}, x_=None
    )
    assert b.status() == ["ok"]
    assert client.ask(type="ping", x_n=1) == {"type": "pong"}


def test_an_unknown_type_with_what_was_meant(client):
    answer = refusal(client, {"type": "btach", "sql": "SELECT 1"})
    assert 'did you mean "batch"' in answer["error"]["message"]


def test_an_unknown_show(client):
    answer = refusal(client, {"type": "show", "what": "pool"})
    assert 'did you mean "pools"' in answer["error"]["message"]


@pytest.mark.parametrize(
    "field, value, meant",
    [
        ("want", "row", "rows"),
        ("order", "statements", "statement"),
        ("dispatch", "seriall", "serial"),
        ("on_error", "Cancel", "cancel"),
        ("until", "frist", "first"),
        ("types", "jason", "json"),
    ],
)
def test_an_unknown_word(client, field, value, meant):
    message = rejection(client, sql="SELECT 1", **{field: value})
    assert message.startswith(f"{field}: ")
    assert f'did you mean "{meant}"' in message


WRONG = {
    "sql": [1, None, ["SELECT 1"], True],
    "statements": ["SELECT 1", {}, 1, None],
    "db": [1, {}],
    "want": [1, True, []],
    "max_concurrency": ["2", 0, -1, 1.5, True],
    "transaction": [1, "yes", "true"],
    "snapshot": [0, "no"],
    "timeout_ms": ["5", -1, 0.5, 1e300, 2**62, True],
    "priority": ["1", 1.5, 2**31, True],
    "progress": [1, "true"],
}


@pytest.mark.parametrize(
    "field, value", [(f, v) for f, values in WRONG.items() for v in values]
)
def test_a_field_of_the_wrong_type(client, field, value):
    batch = {"sql": "SELECT 1", field: value}
    if field == "statements":
        del batch["sql"]
    assert rejection(client, **batch).startswith(f"{field}: ")


WRONG_IN_STATEMENT = {
    "id": [1, None, "", []],
    "sql": [1, None, {}],
    "params": ["x", {}, 1, [[]], [{}]],
    "after": ["a", {}, [1], [None]],
    "want": ["all", 1],
    "timeout_ms": [-1, "1"],
    "priority": ["high"],
    "idempotent": [1, "yes"],
    "data": [1, {}],
}


@pytest.mark.parametrize(
    "field, value",
    [(f, v) for f, values in WRONG_IN_STATEMENT.items() for v in values],
)
def test_a_statements_field_of_the_wrong_type(client, field, value):
    message = rejection(
        client,
        statements=[{"sql": "SELECT 1"}, {"sql": "SELECT 2", field: value}],
    )
    assert message.startswith(f"statements[1].{field}")


@pytest.mark.parametrize("id_", [1, None, "", {}, True])
def test_a_batch_id_of_the_wrong_type(client, id_):
    answer = refusal(client, {"type": "batch", "id": id_, "sql": "SELECT 1"})
    assert answer["error"]["message"].startswith("id: ")


def test_a_batch_id_that_is_too_long(client):
    assert client.batch("SELECT 1", id="x" * 256).status() == ["ok"]
    frame = {"type": "batch", "id": "x" * 257, "sql": "SELECT 1"}
    assert "256" in refusal(client, frame)["error"]["message"]


def test_an_entry_that_is_no_object(client):
    assert "statements[0]: " in rejection(client, statements=["SELECT 1"])


def test_both_forms_or_none(client):
    both = rejection(client, sql="SELECT 1", statements=statements("SELECT 2"))
    neither = rejection(client)
    for message in (both, neither):
        assert '"sql"' in message and '"statements"' in message


@pytest.mark.parametrize(
    "batch",
    [
        {"sql": ""},
        {"sql": "  \n\t"},
        {"sql": "-- nothing\n/* at all */"},
        {"sql": ";;;"},
        {"statements": []},
        {"statements": [{"sql": "SELECT 1"}, {"sql": " -- nothing"}]},
    ],
)
def test_an_empty_batch(client, batch):
    assert "statement" in rejection(client, **batch)


def test_a_statement_without_sql(client):
    message = rejection(client, statements=[{"id": "a"}])
    assert message.startswith("statements[0].sql: ")


# The shape of a batch


def test_duplicate_statement_ids(client):
    message = rejection(
        client,
        statements=[
            {"id": "same", "sql": "SELECT 1"},
            {"id": "same", "sql": "SELECT 2"},
        ],
    )
    assert '"same"' in message


def test_an_id_that_is_anothers_place(client):
    entries = [{"id": "2", "sql": "SELECT 1"}, {"sql": "SELECT 2"}]
    assert '"2"' in rejection(client, statements=entries)


def test_a_batch_id_that_is_open(daemon):
    c = daemon.connect()
    engine = daemon.sections["database main"]["engine"]
    c.send_batch(FOREVER[engine], id="open", progress=True)
    c.wait_for("started")
    c.send({"type": "batch", "id": "open", "sql": "SELECT 1"})
    answer = c.wait_for("rejected")
    assert answer["batch"] == "open"
    assert '"open"' in answer["error"]["message"]
    c.send({"type": "cancel", "batch": "open"})
    done = c.wait_for("done", batch="open")
    assert done["status"] == "cancelled", "the first one is untouched"


CYCLES = {
    "two": {"a": ["b"], "b": ["a"]},
    "three": {"a": ["c"], "b": ["a"], "c": ["b"]},
}


@pytest.mark.parametrize("name", CYCLES)
def test_a_cycle_in_after(client, name):
    entries = [
        {"id": i, "sql": "SELECT 1", "after": after}
        for i, after in CYCLES[name].items()
    ]
    message = rejection(
        client, statements=[{"id": "z", "sql": "SELECT 1"}, *entries]
    )
    assert "after" in message and '"a"' in message


def test_after_itself(client):
    entries = [{"id": "a", "sql": "SELECT 1", "after": ["a"]}]
    assert "statements[0].after" in rejection(client, statements=entries)


def test_after_what_is_not_there(client):
    entries = [{"id": "a", "sql": "SELECT 1", "after": ["nobody"]}]
    assert '"nobody"' in rejection(client, statements=entries)


def test_nothing_of_a_rejected_batch_is_run(client):
    rejection(
        client,
        statements=[
            {"sql": "CREATE TABLE t (a)"},
            {"sql": "SELECT 1", "after": ["nobody"]},
        ],
    )
    assert client.batch("SELECT * FROM t").status() == ["error"]
