"""The five forms of attendance records that ZK terminals store, decoded with numpy, and the proof of which one it is.

All little endian, time as in extractors/records.py. Sources: pyzk #56 #92 #99 #100 #166 #236 #247, js_zklib #50, the
ZKSoftware manual of 2006.

zk8a   u16 uid, u8 verify, u32 time, u8 state                                   some black-and-white devices
zk8b   u16 uid, u8 packed (bits 0-2 state, 3-4 verify), u8 0, u32 time          ZEM500, MA300
zk16   u32 pin, u32 time, u8 state, u8 verify, 2 unknown bytes, u32 work code   firmware 6.60, black and white
zk40   u16 uid, 24 chars pin, u8 verify, u32 time, u8 state, u32 work code, 4   all TFT firmware
zk49   zk40 and 9 bytes more (mask, temperature)                                MB560-VL, SpeedFace

The 8-byte forms hold no PIN but the number of the user in the device (uid); the user table of the same read gives the
PIN. In zk40 the uid is a running number of the record and is not used.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from extractors.errors import ReadTransient, ReadUnsupported
from extractors.records import (
    FILL_BYTES,
    FILL_PATTERN,
    PIN_WIDTH,
    REASONS,
    Columns,
    PunchBatch,
    TimeBounds,
    calendar_times,
    clean_pins,
    reason_codes,
)

SAMPLE: Final = 1024  # records that are looked at for the proof of a layout
ENOUGH: Final = 0.5  # share of the written records of a sample that must make sense in the layout
LIFETIME: Final = timedelta(days=20 * 366)  # no terminal in use is older
RESET_YEAR: Final = 2000  # clocks begin there again after a loss of power
RESET: Final = np.datetime64(str(RESET_YEAR), "Y")
CERTAIN: Final = 3  # records whose byte 3 is 0: no longer by chance the low byte of a time
LARGEST_DENSE_PIN: Final = 1 << 20
UIDS: Final = 1 << 16
STATES_8A: Final = (0, 1, 2, 3, 4, 5, 255)

Pins = NDArray[np.bytes_]
Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class PinTable:
    """Who is who in a terminal: PIN by uid. Names and card numbers are not needed for it and are not kept here."""

    pins: Mapping[int, str] = field(default_factory=dict)

    def lookup(self, uids: NDArray[np.uint16]) -> Pins:
        """The PIN of each uid, `uid:N` for one that the terminal has no user for."""
        present = np.flatnonzero(np.bincount(uids, minlength=UIDS))
        table = np.zeros(UIDS, f"S{PIN_WIDTH}")
        table[present] = [self.pins.get(uid, f"uid:{uid}").encode("ascii") for uid in present.tolist()]
        return table[uids]


NO_PINS: Final = PinTable()


class Fields(NamedTuple):
    """Records as columns before the time is understood."""

    pin: Pins
    has_pin: Mask
    time: NDArray[np.uint32]
    state: NDArray[np.integer[Any]]
    verify: NDArray[np.integer[Any]]
    work_code: NDArray[np.integer[Any]]


@dataclass(frozen=True, slots=True)
class Layout:
    """One form of records; `fits` tells of each raw record whether its fixed bytes are those of the form."""

    name: str
    size: int
    form: np.dtype[np.void]
    fields: Callable[[NDArray[np.void], PinTable], Fields]
    fits: Callable[[NDArray[np.uint8]], Mask]
    needs_users: bool = False
    has_text_pin: bool = False


def _all(rows: NDArray[np.uint8]) -> Mask:
    return np.ones(len(rows), np.bool_)


def _form(size: int, **places: tuple[Any, int]) -> np.dtype[np.void]:
    formats = [kind for kind, _ in places.values()]
    offsets = [offset for _, offset in places.values()]
    return np.dtype({"names": list(places), "formats": formats, "offsets": offsets, "itemsize": size})


def _text_fields(raw: NDArray[np.void], _: PinTable) -> Fields:
    pins, has_pin = clean_pins(raw["pin_words"])
    state, verify, time = (np.ascontiguousarray(raw[name]) for name in ("state", "verify", "time"))
    return Fields(pins, has_pin, time, state, verify, raw["work_code"].copy())


def _number_fields(raw: NDArray[np.void], _: PinTable) -> Fields:
    numbers = np.ascontiguousarray(raw["pin"])
    state, verify, time = (np.ascontiguousarray(raw[name]) for name in ("state", "verify", "time"))
    return Fields(number_pins(numbers), numbers > 0, time, state, verify, raw["work_code"].copy())


def number_pins(numbers: NDArray[np.uint32]) -> Pins:
    """Numeric PINs as text without padding."""
    if not len(numbers):
        return np.zeros(0, f"S{PIN_WIDTH}")
    largest = int(numbers.max())
    if largest > LARGEST_DENSE_PIN:
        some, place = np.unique(numbers, return_inverse=True)
        return some.astype(f"S{PIN_WIDTH}")[place]
    present = np.flatnonzero(np.bincount(numbers, minlength=largest + 1))
    table = np.zeros(largest + 1, f"S{PIN_WIDTH}")
    table[present] = present.astype(f"S{PIN_WIDTH}")
    return table[numbers]


def _fields_8a(raw: NDArray[np.void], users: PinTable) -> Fields:
    uids, state, verify, time = (np.ascontiguousarray(raw[name]) for name in ("uid", "state", "verify", "time"))
    return Fields(users.lookup(uids), uids > 0, time, state, verify, np.zeros(len(raw), np.uint32))


def _fields_8b(raw: NDArray[np.void], users: PinTable) -> Fields:
    uids, packed, time = (np.ascontiguousarray(raw[name]) for name in ("uid", "packed", "time"))
    state, verify = packed & np.uint8(7), (packed >> np.uint8(3)) & np.uint8(3)
    return Fields(users.lookup(uids), uids > 0, time, state, verify, np.zeros(len(raw), np.uint32))


_TEXT_PLACES: Final[dict[str, tuple[Any, int]]] = {
    "pin_words": (("<u8", 3), 2), "verify": ("u1", 26), "time": ("<u4", 27), "state": ("u1", 31),
    "work_code": ("<u4", 32),
}  # fmt: skip
ZK8A: Final = Layout(
    "zk8a", 8, _form(8, uid=("<u2", 0), verify=("u1", 2), time=("<u4", 3), state=("u1", 7)), _fields_8a,
    fits=lambda rows: np.isin(rows[:, 7], STATES_8A), needs_users=True,
)  # fmt: skip
ZK8B: Final = Layout(
    "zk8b", 8, _form(8, uid=("<u2", 0), packed=("u1", 2), time=("<u4", 4)), _fields_8b,
    fits=lambda rows: rows[:, 3] == 0, needs_users=True,
)  # fmt: skip
ZK16: Final = Layout(
    "zk16", 16,
    _form(16, pin=("<u4", 0), time=("<u4", 4), state=("u1", 8), verify=("u1", 9), work_code=("<u4", 12)),
    _number_fields, fits=_all,
)  # fmt: skip
ZK40: Final = Layout("zk40", 40, _form(40, **_TEXT_PLACES), _text_fields, fits=_all, has_text_pin=True)
ZK49: Final = Layout("zk49", 49, _form(49, **_TEXT_PLACES), _text_fields, fits=_all, has_text_pin=True)
LAYOUTS: Final = (ZK8A, ZK8B, ZK16, ZK40, ZK49)
BY_NAME: Final[Mapping[str, Layout]] = {layout.name: layout for layout in LAYOUTS}


def decode(
    layout: Layout,
    records: bytes | memoryview,
    bounds: TimeBounds,
    first_ordinal: int = 0,
    users: PinTable = NO_PINS,
) -> PunchBatch:
    """Decodes whole records of a layout; the first one has the number `first_ordinal`.

    Raises:
        ValueError: the bytes are not whole records.
    """
    if len(records) % layout.size:
        raise ValueError(f"{len(records)} bytes are not whole records of {layout.size}")
    found = layout.fields(np.frombuffer(records, layout.form), users)
    times, has_date = calendar_times(found.time)
    reasons = reason_codes(times, has_date, found.has_pin, bounds)
    columns = Columns(found.pin, times, found.state, found.verify, found.work_code)
    if not reasons.any():
        return columns.batch(first_ordinal, slice(None), [])
    lost = np.flatnonzero(reasons)
    rows = np.frombuffer(records, np.uint8).reshape(-1, layout.size)[lost]
    reasons[lost[_is_fill(rows)]] = REASONS.index(FILL_PATTERN)
    rejects = [
        columns.reject(int(at), int(reasons[at]), first_ordinal, bytes(row)) for at, row in zip(lost, rows, strict=True)
    ]
    return columns.batch(first_ordinal, reasons == 0, rejects)


def _is_fill(rows: NDArray[np.uint8]) -> Mask:
    """Erased or torn flash pages: the same byte all over."""
    is_fill: Mask = (rows == rows[:, :1]).all(axis=1) & np.isin(rows[:, 0], FILL_BYTES)
    return is_fill


@dataclass(frozen=True, slots=True)
class PlausibleTimes:
    """Between which wall times most punches of a terminal must lie; also in the year to which its clock has fallen."""

    earliest: datetime
    latest: datetime
    is_clock_reset: bool = False

    @classmethod
    def around(cls, device_clock: datetime, host_clock: datetime) -> PlausibleTimes:
        """From the age of the oldest terminal in use to a day after the later of the two clocks."""
        earliest = max(host_clock - LIFETIME, host_clock.replace(year=RESET_YEAR + 1, month=1, day=1))
        latest = max(device_clock, host_clock) + timedelta(days=1)
        return cls(earliest, latest, device_clock.year == RESET_YEAR)

    def hold(self, times: NDArray[np.datetime64]) -> Mask:
        """Which times are plausible."""
        is_held: Mask = (times >= np.datetime64(self.earliest, "s")) & (times <= np.datetime64(self.latest, "s"))
        return is_held | (times.astype("datetime64[Y]") == RESET) if self.is_clock_reset else is_held


def sizes_fitting(size: int, counted_before: int, counted_after: int) -> list[int]:
    """Known record sizes that divide the bytes into a number between the two readings of the counter."""
    known = sorted({layout.size for layout in LAYOUTS})
    return [one for one in known if size % one == 0 and counted_before <= size // one <= counted_after]


def prove_layout(
    records: bytes | memoryview, size: int, counted_before: int, counted_after: int, plausible: PlausibleTimes
) -> Layout | None:
    """The one layout that size, counter and content agree on; none for an empty log.

    `records` may be the beginning of the log only (of `size` bytes altogether).

    Raises:
        ReadTransient: no size fits the counter (the transfer is incomplete), or two layouts do.
        ReadUnsupported: records of an unknown size, or bytes that make no sense in the layout of their size.
    """
    if size == 0 and counted_before == 0:
        return None
    sizes = sizes_fitting(size, counted_before, counted_after)
    if not sizes:
        _no_size(size, counted_before, counted_after)
    proven = [one for one in LAYOUTS if one.size in sizes and makes_sense(one, records, plausible)]
    if ZK8A in proven and ZK8B in proven and _has_no_byte_3(records):
        proven.remove(ZK8A)
    if len(proven) == 1:
        return proven[0]
    if proven:
        raise ReadTransient(
            "decode",
            f"Bentuk catatan belum pasti ({', '.join(one.name for one in proven)} sama-sama cocok); tarik ulang.",
        )
    raise ReadUnsupported(
        "decode",
        f"Isi log ({size} bita, {size // sizes[0]} catatan) tidak bermakna dalam bentuk catatan yang dikenal;"
        " ambil data lewat USB dan laporkan jenis mesinnya.",
    )


def _has_no_byte_3(records: bytes | memoryview) -> bool:
    """In zk8b it is always 0; in zk8a it is the low byte of the time."""
    rows = np.frombuffer(records, np.uint8, count=len(records) // 8 * 8).reshape(-1, 8)
    written = rows[~_is_fill(rows)]
    return len(written) >= CERTAIN and not written[:, 3].any()


def _no_size(size: int, counted_before: int, counted_after: int) -> None:
    is_short = any(size % one.size == 0 and size // one.size < counted_before for one in (ZK40,))
    if not is_short and counted_before == counted_after > 0 and size > 0 and size % counted_before == 0:
        raise ReadUnsupported("decode", f"Ukuran catatan {size // counted_before} bita belum dikenal; lapor.")
    raise ReadTransient(
        "decode",
        f"Data tidak lengkap: {size} bita tidak cocok dengan {counted_before} sampai {counted_after} catatan"
        " menurut mesin; tarik ulang.",
    )


def makes_sense(layout: Layout, records: bytes | memoryview, plausible: PlausibleTimes) -> bool:
    """Whether more than half of the written records of a sample are punches in this layout.

    PINs as text that end before their field are proof enough; where PINs are numbers, the times must be plausible, too.
    Fill patterns do not vote.
    """
    whole = len(records) // layout.size
    rows = np.frombuffer(records, np.uint8, count=whole * layout.size).reshape(-1, layout.size)
    rows = rows[:: max(1, whole // SAMPLE)]
    rows = np.ascontiguousarray(rows[~_is_fill(rows)]) if len(rows) else rows
    if not len(rows):
        return layout.has_text_pin or not layout.needs_users
    found = layout.fields(rows.view(layout.form).ravel(), NO_PINS)
    times, has_date = calendar_times(found.time)
    is_sound = has_date & found.has_pin & layout.fits(rows)
    is_sound &= np.char.str_len(found.pin) < PIN_WIDTH if layout.has_text_pin else plausible.hold(times)
    return bool(np.count_nonzero(is_sound) > ENOUGH * len(rows))


@dataclass(frozen=True, slots=True)
class User:
    """A user of a terminal; the password of the record is never taken out of the received bytes."""

    uid: int
    pin: str
    name: str
    privilege: int


_USER_FORMS: Final = {
    28: _form(28, uid=("<u2", 0), privilege=("u1", 2), name=("S8", 8), pin=("<u4", 24)),
    72: _form(72, uid=("<u2", 0), privilege=("u1", 2), name=("S24", 11), pin=("S24", 48)),
}


def decode_users(records: bytes | memoryview, counted: int | None) -> list[User]:
    """The users of a terminal (records of 28 or 72 bytes, without the length word).

    `counted` is the number of users that the terminal states, none when it does not say.

    Raises:
        ReadTransient: the bytes are no whole user table.
    """
    size = len(records)
    sizes = [one for one in _USER_FORMS if size % one == 0 and counted in (None, size // one)]
    if size == 0 and not counted:
        return []
    if len(sizes) != 1:
        raise ReadTransient(
            "decode", f"Daftar pengguna tidak lengkap: {size} bita untuk {counted} pengguna; tarik ulang."
        )
    users = []
    for row in np.frombuffer(records, _USER_FORMS[sizes[0]]):
        pin = _cut(row["pin"]).decode("ascii", "replace") if sizes[0] == 72 else str(row["pin"])
        if pin not in ("", "0") and pin.isascii() and pin.isprintable() and " " not in pin:
            name = _cut(row["name"]).decode("utf-8", "replace").strip()
            users.append(User(int(row["uid"]), pin, name, int(row["privilege"])))
    return users


def _cut(text: bytes) -> bytes:
    """Bytes before the first NUL; what follows is rubbish."""
    return bytes(text).split(b"\0")[0]


def pin_table(users: Sequence[User]) -> PinTable:
    """PIN by uid; a uid that two users share tells nobody and is left out."""
    pins: dict[int, str] = {}
    shared = set()
    for user in users:
        if pins.setdefault(user.uid, user.pin) != user.pin:
            shared.add(user.uid)
    return PinTable({uid: pin for uid, pin in pins.items() if uid not in shared})
