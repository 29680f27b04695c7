"""The output formats of `fanout run`: what becomes of frames on standard
output, also when several answers arrive interleaved."""

import json

import pytest

from cli import run_with
from fake_fanoutd import columns, copy, done, end, rows

TABLE = [
    columns("1", "name", ("n", 23), "name"),
    rows("1", ["São Luís", "7", None], ["a\tb\nc", "-12", "日本"]),
    rows("1", ["e\u0301", None, ""]),
    done("1", tag="SELECT 3", count=3),
    end(),
]


def test_aligned_is_as_psql_draws_it():
    r = run_with(TABLE, "-c", "SELECT …", "--no-summary")
    assert r.out == (
        "   name   |  n  | name \n"
        "----------+-----+------\n"
        " São Luís |   7 | \n"
        " a\\tb\\nc  | -12 | 日本\n"
        " e\u0301        |     | \n"
        "(3 rows)\n\n"
    )
    assert (r.code, r.err) == (0, "")


def test_csv_tells_null_from_empty():
    frames = [
        columns("1", "a,b", "c"),
        rows("1", ['say "hi"', None], ["x\ny", ""], ["\x1b", "z"]),
        done("1", count=3),
        end(),
    ]
    r = run_with(frames, "-c", "SELECT …", "--csv")
    assert r.out == '"a,b",c\n"say ""hi""",\n"x\ny",""\n\x1b,z\n'
    assert r.err == "1 statement, 3 rows, wall 20 ms\n"


def test_json_keeps_names_apart_and_values_as_sent():
    frames = [
        columns("1", "n", "n", "o"),
        rows("1", [1.10, "0.10", {"k": [True, None]}]),
        done("1", tag="SELECT 1", count=1),
        end(),
    ]
    r = run_with(frames, "-c", "SELECT …", "--json", "--types", "json")
    (answer,) = json.loads(r.out)
    assert answer["rows"] == [
        {"n": 1.1, "n_2": "0.10", "o": {"k": [True, None]}}
    ]
    assert [c["name"] for c in answer["columns"]] == ["n", "n_2", "o"]
    assert (answer["id"], answer["sql"]) == ("1", "SELECT …")
    assert (answer["status"], answer["count"]) == ("ok", 1)


def test_ndjson_says_whose_each_line_is():
    frames = [
        columns("1", "a"),
        columns("2", "b"),
        rows("1", ["x"]),
        rows("2", ["y"]),
        rows("1", ["z"]),
        done("2", count=1),
        done("1", count=2),
        end(),
    ]
    r = run_with(frames, "-c", "SELECT 1; SELECT 2", "--ndjson", statements=2)
    lines = [json.loads(line) for line in r.out.splitlines()]
    assert lines[:3] == [
        {"id": "1", "row": {"a": "x"}},
        {"id": "2", "row": {"b": "y"}},
        {"id": "1", "row": {"a": "z"}},
    ]
    assert [(o["id"], o["done"]["count"]) for o in lines[3:]] == [
        ("2", 1),
        ("1", 2),
    ]


def interleaved():
    """Two answers mixed, the second done first; a third without rows."""
    return [
        columns("1", "a"),
        rows("1", ["x"]),
        columns("2", "b"),
        rows("2", ["y"]),
        rows("1", ["z"]),
        done("2", tag="SELECT 1", count=1),
        done("1", tag="SELECT 2", count=2),
        done("3", tag="INSERT 0 5", count=5),
        end(wall_us=2_000_000, exec_us=3_000_000),
    ]


SCRIPT = "SELECT a;\nSELECT\n\tb; INSERT INTO t"


def test_each_result_is_whole_in_order_of_completion():
    r = run_with(interleaved(), "-c", SCRIPT, statements=3)
    assert r.out == (
        "-- 2: SELECT b (12 ms)\n"
        " b \n"
        "---\n"
        " y\n"
        "(1 row)\n\n"
        "-- 1: SELECT a (12 ms)\n"
        " a \n"
        "---\n"
        " x\n"
        " z\n"
        "(2 rows)\n\n"
        "-- 3: INSERT INTO t (12 ms)\n"
        "INSERT 0 5\n\n"
        "3 statements, 8 rows, wall 2.0 s, sum 3.0 s, 1.5×\n"
    )


def test_csv_of_several_is_whole_too():
    r = run_with(interleaved(), "-c", SCRIPT, "--csv", statements=3)
    assert r.out == "b\ny\n\na\nx\nz\n"


def test_json_of_several_is_one_document():
    r = run_with(interleaved(), "-c", SCRIPT, "--json", statements=3)
    answers = json.loads(r.out)
    assert [a["id"] for a in answers] == ["2", "1", "3"]
    assert answers[1]["rows"] == [{"a": "x"}, {"a": "z"}]


def test_quiet_says_counts_and_times():
    r = run_with(interleaved(), "-c", SCRIPT, "-q", statements=3)
    table = [line.split() for line in r.out.splitlines()]
    assert table[1] == ["2", "ok", "1", "12", "ms", "13", "ms", "SELECT", "b"]
    assert table[3][:3] == ["3", "ok", "5"]
    assert len(table) == 5


def test_labels_vanish_where_the_daemon_splits_otherwise():
    frames = [done("1", tag="OK"), done("2", tag="OK"), end()]
    r = run_with(frames, "-c", "SELECT 1", statements=2)
    assert "-- 1:  (12 ms)" in r.out and "SELECT" not in r.out


@pytest.mark.parametrize("form", ["aligned", "csv", "json"])
def test_large_results_wait_on_disk_not_in_memory(form):
    """Past the spool's first megabyte; every row comes back, in order."""
    chunk = [[f"row {i}", "x" * 90] for i in range(1000)]
    frames = [columns("1", "a", "b"), columns("2", "c")]
    frames += [rows("1", *chunk) for _ in range(20)]
    frames += [
        rows("2", ["y"]),
        done("1", count=20000),
        done("2", count=1),
        end(),
    ]
    r = run_with(
        frames, "--format", form, "-c", "SELECT 1; SELECT 2", statements=2
    )
    assert r.code == 0
    for i in (0, 999):
        assert (
            r.out.count(
                f"row {i}"
                + ('"' if form == "json" else "")
                + {"aligned": " ", "csv": ","}.get(form, "")
            )
            == 20
        )
    assert r.out.count("x" * 90) == 20000


def test_copy_out_is_raw_and_the_closing_line_stays_out_of_it():
    frames = [
        copy("1", "1\tã\n"),
        copy("1", "\\N\n"),
        done("1", tag="COPY 2", count=2),
        end(),
    ]
    r = run_with(frames, "-c", "COPY t TO STDOUT")
    assert r.out == "1\tã\n\\N\n"
    assert r.err == "1 statement, 2 rows, wall 20 ms\n"


def test_copy_out_in_json_is_json():
    frames = [copy("1", "a\n"), copy("1", "b\n"), done("1", count=2), end()]
    r = run_with(frames, "-c", "COPY t TO STDOUT", "--json")
    assert json.loads(r.out)[0]["copy"] == ["a\n", "b\n"]


def test_nothing_but_no_rows_is_still_a_table():
    r = run_with(
        [columns("1", "a"), done("1", tag="SELECT 0", count=0), end()],
        "-c",
        "SELECT …",
        "--no-summary",
    )
    assert r.out == " a \n---\n(0 rows)\n\n"


def test_rows_without_columns_are_counted():
    frames = [columns("1"), rows("1", [], []), done("1", count=2), end()]
    r = run_with(frames, "-c", "SELECT", "--no-summary")
    assert r.out == "--\n(2 rows)\n\n"


def test_count_alone_is_the_tag():
    r = run_with(
        [done("1", tag="SELECT 575400", count=575400), end()],
        "-c",
        "SELECT …",
        "--want",
        "count",
    )
    assert r.out.splitlines() == [
        "SELECT 575400",
        "1 statement, 575,400 rows, wall 20 ms",
    ]
