"""A private PostgreSQL for the tests, and questions put to it directly:
what the daemon claims is checked by asking the server."""

import itertools
import pathlib
import subprocess
import time

import psycopg2

PG_PRIVATE = pathlib.Path(__file__).parent / "pg_private"


class PgServer:
    def __init__(self, folder):
        self.folder = str(folder)
        self.numbers = itertools.count(1)
        self.conninfo = self.run("start").strip().splitlines()[-1]
        self.conn = psycopg2.connect(self.conninfo)
        self.conn.autocommit = True

    def run(self, verb):
        made = subprocess.run(
            [str(PG_PRIVATE), verb, self.folder],
            stdout=subprocess.PIPE,
            text=True,
            timeout=60,
        )
        assert made.returncode == 0, f"pg_private {verb} failed"
        return made.stdout

    def stop(self):
        self.conn.close()
        self.run("stop")

    def ask(self, sql, *params):
        """All rows."""
        with self.conn.cursor() as cur:
            cur.execute(sql, params)
            return cur.fetchall() if cur.description else None

    def value(self, sql, *params):
        return self.ask(sql, *params)[0][0]

    def schema(self):
        """A fresh, empty place for one daemon."""
        name = f"e2e_{next(self.numbers)}"
        self.ask(f"CREATE SCHEMA {name}")
        return PgSchema(self, name)

    def role_with_password(self, role, password):
        """A role that the server asks for its password."""
        hba = pathlib.Path(self.value("SHOW hba_file"))
        rules = f"local all {role} md5\nhost all {role} 127.0.0.1/32 md5\n"
        if not hba.read_text().startswith(rules):
            hba.write_text(rules + hba.read_text())
        self.ask("SELECT pg_reload_conf()")
        self.ask(f"DROP ROLE IF EXISTS {role}")
        self.ask(f"CREATE ROLE {role} LOGIN PASSWORD '{password}'")
        time.sleep(0.3)  # the postmaster reads it soon, but not at once


class PgSchema:
    """One schema of the server; its daemon's connections carry its name."""

    def __init__(self, server, name):
        self.server, self.name = server, name
        self.conninfo = (
            f"{server.conninfo} application_name={name}"
            f" options=-csearch_path={name}"
        )

    def ask(self, sql, *params):
        self.server.ask(f"SET search_path = {self.name}")
        return self.server.ask(sql, *params)

    def value(self, sql, *params):
        return self.ask(sql, *params)[0][0]

    def connections(self, where="true"):
        """How many connections the daemon has open to the server."""
        return self.value(
            "SELECT count(*) FROM pg_stat_activity"
            f" WHERE application_name = %s AND {where}",
            self.name,
        )

    def running(self):
        return self.connections("state = 'active'")

    def terminate_all(self):
        return self.ask(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE application_name = %s",
            self.name,
        )

    def drop(self):
        self.terminate_all()
        self.ask(f"DROP SCHEMA {self.name} CASCADE")
