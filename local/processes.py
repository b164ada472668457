"""Child processes that leave nothing behind: each in a session of its own, written down, ended with all it forked."""

from __future__ import annotations

import fcntl
import os
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from warehouse.console import Problem

GRACE_S: Final = 12.0
PROC: Final = Path("/proc")


class ChildEnded(Problem):
    """A process that should stay has ended by itself."""


@dataclass(frozen=True, slots=True)
class Child:
    """A process of ours: what it is called, its handle and the file that it writes to."""

    name: str
    handle: subprocess.Popen[bytes]
    log: Path


def process_mark(pid: int) -> str | None:
    """What tells a process from a later one with the same number: its start, in ticks; None when it is gone."""
    fields = _stat_fields(pid)
    return None if fields is None or fields[0] == "Z" else fields[19]


def _stat_fields(pid: int) -> list[str] | None:
    """Fields of /proc/PID/stat from the third on: state, parent, group, session, .. start (index 19)."""
    try:
        text = (PROC / str(pid) / "stat").read_text(encoding="ascii", errors="replace")
    except OSError:
        return None
    return text.rpartition(")")[2].split()


def session_members(session: int) -> list[int]:
    """The living processes of a session: the child that leads it and whatever it forked, in any process group."""
    members = []
    for entry in PROC.iterdir():
        fields = _stat_fields(int(entry.name)) if entry.name.isdigit() else None
        if fields is not None and fields[0] != "Z" and int(fields[3]) == session:
            members.append(int(entry.name))
    return members


def _signal_all(pids: Sequence[int], number: signal.Signals) -> None:
    for pid in pids:
        try:
            os.kill(pid, number)
        except ProcessLookupError:
            continue


def end_sessions(sessions: Sequence[int], grace_s: float) -> None:
    """Asks the leaders to end, gives them time, then ends what is left of the sessions without asking."""
    _signal_all([pid for pid in sessions if pid in session_members(pid)], signal.SIGTERM)
    deadline = time.monotonic() + grace_s
    while any(pid in session_members(pid) for pid in sessions) and time.monotonic() < deadline:
        time.sleep(0.05)
    while members := [member for pid in sessions for member in session_members(pid)]:
        _signal_all(members, signal.SIGKILL)
        time.sleep(0.05)


@dataclass(slots=True)
class Family:
    """The processes that one command has started, and the folder where they are written down."""

    run_dir: Path
    children: list[Child] = field(default_factory=list)
    grace_s: float = GRACE_S

    def start(self, name: str, arguments: Sequence[str], environment: Mapping[str, str], log: Path) -> Child:
        """Starts a program whose output goes to `log`, and writes it down for `hadir stop`."""
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("ab") as output:
            handle = subprocess.Popen(
                arguments, stdin=subprocess.DEVNULL, stdout=output, stderr=output, env=dict(environment),
                start_new_session=True, close_fds=True,
            )  # fmt: skip
        child = Child(name, handle, log)
        self.children.append(child)
        _write_down(self.run_dir / f"{name}.pid", handle.pid)
        return child

    def watch(self) -> None:
        """Looks whether all still live.

        Raises:
            ChildEnded: one has ended; the message has the end of its log.
        """
        for child in self.children:
            if child.handle.poll() is not None:
                raise ChildEnded(
                    f"Proses {child.name} berhenti sendiri (kode {child.handle.returncode}). "
                    f"Akhir catatannya ({child.log}):\n{tail(child.log)}"
                )

    def wait_for(self, name: str) -> None:
        """Waits for a process that ends by itself when its work is done.

        Raises:
            ChildEnded: it failed; the message has the end of its log.
        """
        child = next(child for child in self.children if child.name == name)
        if child.handle.wait() != 0:
            self.watch()
        self.children.remove(child)
        (self.run_dir / f"{name}.pid").unlink()

    def stop(self) -> None:
        """Ends all, also what an earlier, killed command wrote down; a second Ctrl-C does not cut it short."""
        before = signal.signal(signal.SIGINT, signal.SIG_IGN)
        try:
            end_recorded(self.run_dir, self.grace_s)
            while self.children:
                self.children.pop().handle.wait()
        finally:
            signal.signal(signal.SIGINT, before)


def tail(path: Path, lines: int = 15) -> str:
    """The last lines of a text file; empty when there is none."""
    if not path.exists():
        return ""
    return "\n".join(path.read_text(encoding="utf-8", errors="replace").splitlines()[-lines:])


def _write_down(record: Path, pid: int) -> None:
    record.parent.mkdir(parents=True, exist_ok=True)
    record.write_text(f"{pid} {process_mark(pid)}", encoding="ascii")


def _session_if_ours(record: Path) -> int | None:
    """The recorded session, unless its number belongs to somebody else by now."""
    pid, _, mark = record.read_text(encoding="ascii").partition(" ")
    # A dead leader's number is not given to a new process while its session has members.
    return int(pid) if process_mark(int(pid)) in (None, mark) else None


def end_recorded(run_dir: Path, grace_s: float = GRACE_S) -> bool:
    """Ends every process that is written down in the folder; False when there was none."""
    records = list(run_dir.glob("*.pid"))
    sessions = [session for record in records if (session := _session_if_ours(record)) is not None]
    end_sessions(sessions, grace_s)
    for record in records:
        record.unlink(missing_ok=True)
    return bool(records)


@contextmanager
def only_command(var_dir: Path, family: Family) -> Iterator[None]:
    """Holds the place: one demo or live city per folder. Ends on leaving what the family has started.

    Raises:
        Problem: another one is running.
    """
    family.run_dir.mkdir(parents=True, exist_ok=True)
    with (var_dir / "running.lock").open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Problem("Kota ini sudah berjalan di terminal lain; hentikan dengan 'hadir stop'.") from None
        family.stop()  # what a killed command has left behind
        lock.truncate(0)
        lock.write(f"{os.getpid()} {process_mark(os.getpid())}")
        lock.flush()
        try:
            with _termination_as_interrupt():
                yield
        finally:
            family.stop()
            lock.truncate(0)


@contextmanager
def _termination_as_interrupt() -> Iterator[None]:
    """SIGTERM and SIGHUP end the command as Ctrl-C does, so that it stops what it started."""

    def interrupt(_number: int, _frame: object) -> None:
        raise KeyboardInterrupt

    before = {number: signal.signal(number, interrupt) for number in (signal.SIGTERM, signal.SIGHUP)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def stop_command(var_dir: Path, run_dir: Path, wait_s: float = 60.0) -> bool:
    """Stops a running demo or live city from outside; False when none was running.

    What a killed command has left behind is ended too.
    """
    lock_file = var_dir / "running.lock"
    text = lock_file.read_text(encoding="ascii") if lock_file.exists() else ""
    pid, _, mark = text.partition(" ")
    was_running = bool(pid) and process_mark(int(pid)) == mark
    if was_running:
        os.kill(int(pid), signal.SIGTERM)
        deadline = time.monotonic() + wait_s
        while process_mark(int(pid)) == mark and time.monotonic() < deadline:
            time.sleep(0.1)
    return end_recorded(run_dir) or was_running
