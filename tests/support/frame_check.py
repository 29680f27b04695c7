"""Holds frames against docs/protocol.schema.json, where python3-jsonschema
is installed."""

import functools
import json
import pathlib

try:
    import jsonschema
except ImportError:
    jsonschema = None

STATUSES = ("ok", "error", "skipped", "not_sent", "cancelled", "unknown")
DOCS = pathlib.Path(__file__).resolve().parents[2] / "docs"
LONG_LINE = 16 * 1024


@functools.lru_cache(maxsize=None)
def schema():
    return json.loads((DOCS / "protocol.schema.json").read_text())


@functools.lru_cache(maxsize=None)
def validator(definition):
    """Of one of the schema's $defs, such as "server_done"."""
    whole = {**schema(), "oneOf": [{"$ref": f"#/$defs/{definition}"}]}
    return jsonschema.Draft202012Validator(whole)


def check(side, frame):
    definition = f"{side}_{frame.get('type')}"
    assert definition in schema()["$defs"], f"not in the schema: {frame}"
    errors = list(validator(definition).iter_errors(frame))
    assert not errors, (frame, [leaf(e) for e in errors])


def leaf(error):
    while error.context:
        error = error.context[0]
    return f"{error.json_path}: {error.message}"


def check_server_frame(frame, length):
    """Long lines (of rows) would take too long to be worth it."""
    if jsonschema and length < LONG_LINE:
        check("server", frame)
