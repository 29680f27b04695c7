"""scripts/generatedb: the data itself, and loading it into both engines."""

import collections
import pathlib
import signal
import subprocess
import sys
import unicodedata

import pytest

from sql import wait_until

SCRIPTS = pathlib.Path(__file__).resolve().parents[2] / "scripts"
sys.path.insert(0, str(SCRIPTS))

import brazil  # noqa: E402

JOIN = "SELECT c.name, s.state FROM cities c JOIN states s ON c.state_id = s.id"
SLOW = (
    f"{JOIN} WHERE s.state IN (SELECT state FROM states)"
    " ORDER BY s.long_name, c.name"
)
FAST = f"{JOIN} WHERE c.name LIKE 'A%'"
MEDIUM = f"{JOIN} WHERE s.state LIKE 'M%' OR s.state LIKE '%P'"
# Real numbers of municipalities, for some of the 27.
KNOWN = {"MG": 853, "SP": 645, "MA": 217, "MT": 141, "MS": 78, "AP": 16,
         "DF": 1, "RS": 496, "BA": 417}  # fmt: skip


# The data


def test_27_states_with_codes_of_their_own():
    rows = brazil.states()
    assert [row[0] for row in rows] == list(range(1, 28))
    assert len({name for _, name, _ in rows}) == 27
    assert len({code for _, _, code in rows}) == 27


def test_cities_by_state():
    cities = collections.Counter(state_id for _, state_id in brazil.cities())
    by_code = {code: cities[i] for i, _, code in brazil.states()}
    assert sum(by_code.values()) == 5564
    assert {code: by_code[code] for code in KNOWN} == KNOWN
    m_or_p = [n for code, n in by_code.items() if code[0] == "M"
              or code[-1] == "P"]  # fmt: skip
    assert sum(m_or_p) == 1950


def test_411_names_start_with_a_in_any_engine():
    first = collections.Counter(name[0] for name, _ in brazil.cities())
    assert first["A"] == 411
    # SQLite's LIKE folds ASCII case, and others fold or strip accents too.
    lookalikes = "aÁÀÂÃÄÅĀĂĄáàâãäåāăąªＡ"
    assert not any(first[c] for c in lookalikes)


def test_names_are_unique_in_their_state():
    assert len(set(brazil.cities())) == 5564


def test_names_are_plain_text_with_accents():
    names = [name for name, _ in brazil.cities()]
    assert all(unicodedata.is_normalized("NFC", name) for name in names)
    assert all(c.isalpha() or c in " '" for name in names for c in name)
    assert any("ã" in name for name in names)
    assert any("'" in name for name in names)  # must be quoted in SQL


def test_the_data_is_the_same_every_time():
    assert brazil.cities() == brazil.cities()


# Loading


def start(daemon, *args):
    return subprocess.Popen(
        [str(SCRIPTS / "generatedb"), "-p", str(daemon.port), *args],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def generatedb(daemon, *args):
    process = start(daemon, *args)
    out, err = process.communicate(timeout=240)
    return process.returncode, out, err


def loaded(daemon, repeats, *args):
    status, out, err = generatedb(daemon, "--repeat", str(repeats), *args)
    assert status == 0, err
    return out


def count(client, table="cities"):
    return int(client.batch(f"SELECT count(*) FROM {table}").rows["1"][0][0])


def test_the_three_queries_give_their_counts(daemon, client):
    loaded(daemon, 3)
    b = client.batch("; ".join([SLOW, FAST, MEDIUM]), want="count")
    counts = [b.done[i]["count"] for i in ("1", "2", "3")]
    assert counts == [3 * 5564, 3 * 411, 3 * 1950]


def test_every_row_arrives_as_it_is(daemon, client):
    loaded(daemon, 2)
    b = client.batch(
        "SELECT id, name, state_id FROM cities ORDER BY id;"
        "SELECT id, long_name, state FROM states ORDER BY id"
    )
    twice = enumerate(brazil.cities() * 2, start=1)
    assert b.rows["1"] == [[str(i), n, str(s)] for i, (n, s) in twice]
    assert b.rows["2"] == [[str(i), n, c] for i, n, c in brazil.states()]


def test_again_adds_more(daemon, client):
    loaded(daemon, 1)
    assert "16,692" in loaded(daemon, 2)
    assert count(client) == 3 * 5564
    assert count(client, "states") == 27


def test_more_repeats_than_a_batch_takes(daemon, client):
    loaded(daemon, 37)
    assert count(client) == 37 * 5564


def test_unix_socket_and_named_database(daemon, client):
    args = ["-h", str(daemon.socket_path), "-d", "main"]
    assert generatedb(daemon, *args)[0] == 0
    assert count(client) == 5564


def test_what_is_missing_is_filled_in(daemon, client):
    """As after an interrupted run: whole repeats are missing."""
    loaded(daemon, 5)
    client.batch("DELETE FROM cities WHERE (id - 1) / 5564 IN (1, 3)")
    loaded(daemon, 2)
    assert count(client) == 5 * 5564
    b = client.batch("SELECT max(id) FROM cities")
    assert b.rows["1"] == [[str(5 * 5564)]]


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_the_same_command_continues_what_was_interrupted(daemon, client, how):
    repeats = 200
    loaded(daemon, 1)
    process = start(daemon, "--repeat", str(repeats))
    wait_until(lambda: count(client) > 5564, what="a second repeat")
    process.send_signal(how)
    err = process.communicate(timeout=240)[1]
    if how == signal.SIGKILL:
        wait_until(
            lambda: not client.show("batches"), what="its batches' end"
        )
    else:
        assert process.returncode == 128 + how
        assert "run the same again to continue" in err
    before = count(client)
    assert before % 5564 == 0 and before < (1 + repeats) * 5564
    assert "continuing" in generatedb(daemon, "--repeat", str(repeats))[2]
    assert count(client) == (1 + repeats) * 5564


def test_cities_of_someone_else_are_left_alone(daemon, client):
    client.batch(
        "CREATE TABLE cities (id integer, name text, state_id integer);"
        "INSERT INTO cities VALUES (1, 'Springfield', 1)"
    )
    status, _, err = generatedb(daemon)
    assert status == 1
    assert "not from here" in err
    assert count(client) == 1


def test_a_wrong_total_is_told(daemon, client):
    """A state that is gone: the join no longer finds its cities."""
    loaded(daemon, 1)
    client.batch("UPDATE states SET id = 99 WHERE state = 'SP'")
    client.batch("INSERT INTO states VALUES (26, 'Other', 'XX')")
    status, _, err = generatedb(daemon)
    assert status == 1
    assert "there should be 3,900" in err


def test_errors_are_one_line(daemon):
    status, out, err = generatedb(daemon, "-d", "nowhere")
    assert (status, out) == (1, "")
    assert err == 'generatedb: no database "nowhere"; there is: main\n'
    daemon.port = 1
    status, out, err = generatedb(daemon)
    assert (status, out) == (1, "")
    assert err.startswith("generatedb: no fanoutd at 127.0.0.1:1: ")
    assert err.count("\n") == 1


def test_read_only_database_is_told(fanoutd, engine):
    d = fanoutd(engine, read_only="yes")
    status, _, err = generatedb(d)
    assert status == 1
    assert err.startswith("generatedb: ") and err.count("\n") == 1
