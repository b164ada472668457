"""Reads the log of terminals with a web server (Solution X100-C, ZEM600 and older) through `POST /iWsService`.

There is no counter of records there. What takes its place: the log is read twice, and the first reading must be, row by
row, the beginning of the second one (the log only grows); each answer must close its tag; no row may come back further
down (a page sent twice); the serial must be told, which it is not with a wrong key: such an answer is empty, too. The
first reading is what is landed. Nothing is written to the device. Source: the vendor's example, recorded answers.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from operator import eq
from typing import Final

from extractors.drivers.solution_http import SolutionLine, parse_soap_address
from extractors.drivers.solution_xml import parse_rows, request
from extractors.drivers.zk import Contact
from extractors.drivers.zk_frames import Deadlines
from extractors.drivers.zk_session import CLOCK_JUMP_S
from extractors.errors import Phase, ReadFailed, ReadTerminal, ReadTransient, ReadUnsupported

PATIENCE: Final = Deadlines(frame_s=20.0)  # its processor builds the whole answer before the first byte
CLOCK_FORM: Final = "%Y-%m-%d %H:%M:%S"
LOG_FIELDS: Final = ("PIN", "DateTime", "Status", "Verified", "WorkCode")
WallClock = Callable[[], datetime]


@dataclass(frozen=True, slots=True)
class SolutionLog:
    """A complete log. `text` has one line a row, in the form of a USB export: `PIN time 1 state verify work_code`."""

    serial: str
    counted_before: int  # rows of the first reading, which `text` holds
    counted_after: int  # rows of the second one
    device_clock: datetime  # device wall time, read before the log
    clock_drift_s: int  # device minus host
    text: bytes


class _Session:
    """The questions to one terminal, each on a connection of its own."""

    def __init__(self, line: SolutionLine, comm_key: int) -> None:
        self._line, self._key = line, comm_key

    def _rows(self, phase: Phase, method: str, fields: tuple[str, ...], **arguments: str) -> list[tuple[str, ...]]:
        return parse_rows(self._line.ask(phase, request(method, self._key, **arguments)), method, fields, phase)

    def option(self, name: str) -> str | None:
        """The value of an option; None when the terminal does not tell it."""
        rows = self._rows("login", "GetOption", ("Value",), Name=name)
        return (rows[0][0] or None) if rows else None

    def serial(self, expected: str | None, contact: Contact) -> str:
        """Who is there; `contact` learns it also when it is another terminal.

        Raises:
            ReadTerminal: a wrong key, or another terminal than the registered one.
            ReadUnsupported: a right key, and no serial.
        """
        found = self.option("~SerialNumber")
        if found is None:
            if self._rows("login", "GetDate", ("Date",)):
                raise ReadUnsupported("login", "Mesin tidak menyebut nomor serinya; ambil data lewat USB.")
            raise ReadTerminal("login", "Kunci komunikasi (comm key) ditolak mesin; periksa kuncinya di menu mesin.")
        contact.serial = found
        if expected is not None and found != expected:
            raise ReadTerminal(
                "login",
                f"Mesin di alamat ini bernomor seri {found}, bukan {expected}; betulkan alamat di berkas terminals.",
            )
        return found

    def clock(self, host_clock: WallClock) -> tuple[datetime, int]:
        """Device wall time, and its drift against the host at the middle of the question."""
        asked = host_clock()
        rows = self._rows("sizes", "GetDate", ("Date", "Time"))
        middle = asked + (host_clock() - asked) / 2
        try:
            shown = datetime.strptime(" ".join(rows[0]), CLOCK_FORM)  # noqa: DTZ007 - wall time of the device
        except (ValueError, IndexError) as error:
            raise ReadTerminal(
                "sizes", "Jam mesin tidak terbaca; setel tanggal dan jam di menu mesin, lalu tarik ulang."
            ) from error
        return shown, round((shown - middle).total_seconds())

    def log(self) -> list[bytes]:
        """All rows as lines of text, in device order."""
        rows = self._rows("transfer", "GetAttLog", LOG_FIELDS, PIN="All")
        return [f"{pin}\t{at}\t1\t{state}\t{verify}\t{code or 0}".encode() for pin, at, state, verify, code in rows]

    def user_names(self) -> dict[str, str]:
        """Names by the PIN that the log prints; no other field is kept."""
        return {pin: name for pin, name in self._rows("transfer", "GetUserInfo", ("PIN2", "Name"), PIN="All") if pin}


def _open(address: str, comm_key: int, deadlines: Deadlines | None) -> tuple[_Session, SolutionLine]:
    line = SolutionLine(*parse_soap_address(address), deadlines or PATIENCE)
    return _Session(line, comm_key), line


def read_solution_log(
    address: str,
    comm_key: int,
    host_clock: WallClock,
    *,
    expected_serial: str | None = None,
    contact: Contact | None = None,
    deadlines: Deadlines | None = None,
) -> SolutionLog:
    """The whole log of a terminal, proven complete by two readings, or an error; never a part.

    Raises:
        ReadFailed: see the three families; nothing was changed on the device.
        WrongAddress: not of the form soap://host:port.
    """
    known = contact if contact is not None else Contact()
    session, line = _open(address, comm_key, deadlines)
    try:
        serial = session.serial(expected_serial, known)
        known.device_clock, known.clock_drift_s = clock, drift = session.clock(host_clock)
        first = session.log()
        known.counted_before = len(first)
        second = session.log()
        known.counted_after = len(second)
        _, drift_after = session.clock(host_clock)
    finally:
        known.bytes_received = line.bytes_received
    if abs(drift_after - drift) > CLOCK_JUMP_S:
        raise ReadTransient("sizes", "Jam mesin diubah selagi dibaca; tarik ulang.")
    _require_proof(first, second)
    return SolutionLog(serial, len(first), len(second), clock, drift, b"".join(row + b"\n" for row in first))


def _require_proof(first: list[bytes], second: list[bytes]) -> None:
    if second[: len(first)] != first:
        raise ReadTransient("decode", "Dua bacaan berturut-turut tidak sama, jadi tidak terbukti lengkap; tarik ulang.")
    repeated = len(first) - len(set(first)) - sum(map(eq, first, first[1:]))
    if repeated > 0:
        raise ReadTransient(
            "decode",
            f"Mesin mengirim {repeated} catatan dua kali, jadi tidak terbukti lengkap; tarik ulang, atau ambil data"
            " lewat USB.",
        )


@dataclass(frozen=True, slots=True)
class SolutionProbe:
    """Who is there, without reading the log."""

    platform: str | None
    firmware: str | None


def probe_solution(
    address: str, comm_key: int, host_clock: WallClock, contact: Contact, deadlines: Deadlines | None = None
) -> SolutionProbe:
    """Asks for serial, clock and platform.

    Raises:
        ReadFailed, WrongAddress: as `read_solution_log`.
    """
    session, line = _open(address, comm_key, deadlines)
    try:
        session.serial(None, contact)
        contact.device_clock, contact.clock_drift_s = session.clock(host_clock)
        return SolutionProbe(session.option("~Platform"), session.option("FirmVer"))
    finally:
        contact.bytes_received = line.bytes_received


def read_user_names(
    address: str, comm_key: int, expected_serial: str, deadlines: Deadlines | None = None
) -> dict[str, str]:
    """What the terminal calls its users, by PIN; none when that answer cannot be read.

    Raises:
        ReadFailed, WrongAddress: as `read_solution_log`.
    """
    session, _ = _open(address, comm_key, deadlines)
    session.serial(expected_serial, Contact())
    try:
        return session.user_names()
    except ReadFailed as failure:
        if failure.is_unreachable:
            raise
        return {}  # old firmware does not escape what people typed into names
