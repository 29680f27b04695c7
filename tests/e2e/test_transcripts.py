"""The transcripts in docs/transcripts are conversations that happen.

    # engine: postgres     first line: which engine; further # lines are prose
    > {"type":"ping"}      what the client sends
    < {"type":"pong"}      what the daemon answers; * stands for any value
"""

import json
import pathlib
import re

import pytest

FOLDER = pathlib.Path(__file__).resolve().parents[2] / "docs/transcripts"
TRANSCRIPTS = sorted(FOLDER.glob("*.txt"))
ANY = "\0any"


def expected(line):
    """A line of a transcript as JSON, its wildcards as ANY."""
    any_ = json.dumps(ANY)
    return json.loads(re.sub(r"(?<=[:\[,])\*", lambda _: any_, line))


def fits(want, got):
    if want == ANY:
        return True
    if isinstance(want, dict) and isinstance(got, dict):
        return want.keys() == got.keys() and all(
            fits(value, got[key]) for key, value in want.items()
        )
    if isinstance(want, list) and isinstance(got, list):
        return len(want) == len(got) and all(map(fits, want, got))
    return type(want) is type(got) and want == got


def test_fits_can_tell_a_difference():
    assert fits(expected('{"a":*,"b":[1,*]}'), {"a": {"x": 1}, "b": [1, 2]})
    assert not fits(expected('{"a":*}'), {"a": 1, "b": 2})
    assert not fits(expected('{"a":*,"b":1}'), {"a": 1, "b": 2})
    assert not fits(expected('["*"]'), [1])


def test_there_are_transcripts():
    assert TRANSCRIPTS


@pytest.mark.parametrize("path", TRANSCRIPTS, ids=lambda p: p.stem)
def test_transcript(fanoutd, path):
    lines = path.read_text().splitlines()
    engine = lines[0].removeprefix("# engine: ")
    client = fanoutd(engine).connect()
    for number, line in enumerate(lines, 1):
        if line.startswith("> "):
            client.send_raw(line[2:].encode() + b"\n")
        elif line.startswith("< "):
            got = client.next_frame()
            assert fits(
                expected(line[2:]), got
            ), f"{path.name}:{number}: {got}"
        else:
            assert not line or line.startswith("#"), f"{path.name}:{number}"
    client.half_close()
    assert client.next_frame() is None, "and nothing more"
