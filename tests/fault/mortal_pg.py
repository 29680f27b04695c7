"""A private PostgreSQL that may die, hang and come back."""

import os
import pathlib
import shlex
import signal
import subprocess
import time

import psycopg2

from pg_server import PgServer


class MortalPg(PgServer):
    @property
    def data(self):
        return pathlib.Path(self.folder).resolve() / "data"

    def postmaster(self):
        pid_file = self.data / "postmaster.pid"
        return int(pid_file.read_text().split()[0])

    def pg_ctl(self, *args):
        """As the user whom the data belongs to, which is never root."""
        opts = (self.data / "postmaster.opts").read_text()
        pg_ctl = pathlib.Path(shlex.split(opts)[0]).parent / "pg_ctl"
        user = self.data.stat().st_uid if os.geteuid() == 0 else None
        subprocess.run(
            [pg_ctl, "-D", self.data, "-w", "-t", "30", *args],
            user=user,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd="/",
            timeout=40,
            check=True,
        )

    def down(self, mode="immediate"):
        self.pg_ctl("-m", mode, "stop")

    def up(self):
        port = (self.data.parent / "port").read_text().strip()
        log = self.data.parent / "log"
        self.pg_ctl("-l", str(log), "-o", f"-p {port}", "start")
        self.reconnect()

    def reconnect(self):
        self.conn.close()
        self.conn = psycopg2.connect(self.conninfo)
        self.conn.autocommit = True

    def restart(self, mode="immediate"):
        self.down(mode)
        self.up()

    def processes(self):
        """The postmaster and its children."""
        parent = self.postmaster()
        found = [parent]
        for status in pathlib.Path("/proc").glob("[0-9]*/stat"):
            try:
                after_name = status.read_text().rpartition(")")[2]
            except OSError:
                continue
            if int(after_name.split()[1]) == parent:
                found.append(int(status.parent.name))
        return found

    def signal_all(self, number):
        for pid in self.processes():
            try:
                os.kill(pid, number)
            except ProcessLookupError:
                pass

    def freeze(self):
        """The kernel still takes what is sent; nobody answers."""
        self.signal_all(signal.SIGSTOP)

    def thaw(self):
        self.signal_all(signal.SIGCONT)

    def heal(self):
        """Whatever a test did to it, it serves again."""
        try:
            self.thaw()
        except FileNotFoundError:
            self.up()
        deadline = time.monotonic() + 30
        while True:
            try:
                self.reconnect()
                return
            except psycopg2.Error:
                assert time.monotonic() < deadline
                time.sleep(0.1)
