"""Reading 100,000 records in each layout over loopback against a bare recv with numpy decoding, and against pyzk."""

from __future__ import annotations

import json
import socket
import struct
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.ratio import Figure, side_by_side
from extractors.read import read_terminal
from simulator.bulk import bulk_log, create_bulk
from simulator.forms import as_records, records_in
from simulator.frames import USER

RECORDS = 100_000
KINDS = {"zk8a": "BW8", "zk8b": "ZEM500", "zk16": "BW16", "zk40": "F18", "zk49": "SPEEDFACE"}
PYZK_READS = {"zk8a": 5_000, "zk16": 5_000, "zk40": 20_000}  # its time grows with the square: fewer, to end in time
PEOPLE = 500
CHUNK = 0xFFC0  # what a client asks for at once, and with it the number of frames
# Sends the framed bytes of the file named first to whoever connects, for each connection once more.
BARE_SERVER = """
import socket, sys
stream = open(sys.argv[1], "rb").read()
server = socket.create_server(("127.0.0.1", 0))
print(server.getsockname()[1], flush=True)
while True:
    connection, _ = server.accept()
    connection.sendall(stream)
    connection.close()
"""
PYZK = """
import sys
from zk import ZK
zk = ZK("127.0.0.1", port=int(sys.argv[1]), timeout=60, ommit_ping=True).connect()
found = len(zk.get_attendance())
assert found == int(sys.argv[2]), found
zk.disconnect()
"""
DAYS = np.array(
    [(year % 100 * 12 + month) * 31 + day for year in range(100) for month in range(12) for day in range(31)]
)


def checksum(payload: NDArray[np.uint8]) -> int:
    total = int(payload[: len(payload) & ~1].view("<u2").sum(dtype=np.uint64)) + (
        int(payload[-1]) if len(payload) & 1 else 0
    )
    while total > 0xFFFF:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def framed(records: bytes) -> bytes:
    frames = []
    for start in range(0, len(records), CHUNK):
        piece = records[start : start + CHUNK]
        payload = struct.pack("<4H", 1501, 0, 0, 1) + piece
        payload = struct.pack("<4H", 1501, checksum(np.frombuffer(payload, np.uint8)), 0, 1) + piece
        frames.append(b"PP\x82\x7d" + struct.pack("<I", len(payload)) + payload)
    return b"".join(frames)


def calendar() -> NDArray[np.int64]:
    """Second of each of the 37,200 day codes since 1970, -1 for a date that does not exist."""
    table = np.full(37_200, -1, np.int64)
    for code in range(37_200):
        year, month, day = code // 372, code // 31 % 12 + 1, code % 31 + 1
        try:
            table[code] = int(datetime(2000 + year, month, day, tzinfo=UTC).timestamp())
        except ValueError:
            continue
    return table


FORMS: dict[str, dict[str, list[object] | int]] = {
    "zk8a": {"formats": ["<u2", "u1", "<u4", "u1"], "offsets": [0, 2, 3, 7], "itemsize": 8},
    "zk8b": {"formats": ["<u2", "u1", "<u4", "u1"], "offsets": [0, 2, 4, 2], "itemsize": 8},
    "zk16": {"formats": ["<u4", "u1", "<u4", "u1"], "offsets": [0, 9, 4, 8], "itemsize": 16},
    "zk40": {"formats": ["S24", "u1", "<u4", "u1"], "offsets": [2, 26, 27, 31], "itemsize": 40},
    "zk49": {"formats": ["S24", "u1", "<u4", "u1"], "offsets": [2, 26, 27, 31], "itemsize": 49},
}


def bare_read(port: int, size: int, table: NDArray[np.int64], form: str) -> int:
    """The least that a client must do: receive, sum each frame, decode the columns, PINs as text."""
    buffer = np.empty(size, np.uint8)
    view, filled = memoryview(buffer), 0
    with socket.create_connection(("127.0.0.1", port)) as connection:
        while filled < size:
            filled += connection.recv_into(view[filled:])
    pieces, place = [], 0
    while place < size:
        length = int(buffer[place + 4 : place + 8].view("<u4")[0])
        payload = buffer[place + 8 : place + 8 + length]
        if int(payload[:8].view("<u2").sum(dtype=np.uint32)) == 0 or checksum(payload) != 0:
            raise ValueError("a frame does not sum up")
        pieces.append(payload[8:])
        place += 8 + length
    records = np.concatenate(pieces).view(np.dtype({"names": ["pin", "verify", "time", "state"], **FORMS[form]}))
    day, second = np.divmod(records["time"], 86_400)
    at = table[day] + second
    pins = records["pin"].copy()
    if pins.dtype.kind != "S":
        pins = np.arange(1 << 16).astype("S24")[pins]
    columns = at.astype("datetime64[s]"), pins, records["verify"].copy(), records["state"].copy()
    return len(columns[0])


@contextmanager
def served(folder: Path, counts: dict[str, int], kinds: dict[str, str]) -> Iterator[dict[str, int]]:
    ports = create_bulk(folder, counts, profiles=kinds)
    serve = [sys.executable, "-m", "hadir", "simulator", "serve", str(folder)]
    with subprocess.Popen(serve, stdout=subprocess.PIPE) as terminals:
        try:
            assert terminals.stdout is not None
            assert json.loads(terminals.stdout.readline())["ready"]
            yield ports
        finally:
            terminals.terminate()


def run() -> list[Figure]:
    table = calendar()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        counts = dict.fromkeys(KINDS, RECORDS) | {f"{form}-pyzk": count for form, count in PYZK_READS.items()}
        kinds = {serial: KINDS[serial.removesuffix("-pyzk")] for serial in counts}
        with served(folder, counts, kinds) as ports:
            return [figure for form in KINDS for figure in _figures(folder, form, ports, table)]


def _figures(folder: Path, form: str, ports: dict[str, int], table: NDArray[np.int64]) -> Iterator[Figure]:
    users = np.zeros(PEOPLE, USER)
    users["uid"], users["pin"] = np.arange(1, PEOPLE + 1), np.arange(101, 101 + PEOPLE).astype("S9")
    stream = framed(records_in(form, as_records(bulk_log(RECORDS)[0]), users))
    (folder / form).write_bytes(stream)
    bare = subprocess.Popen([sys.executable, "-c", BARE_SERVER, folder / form], stdout=subprocess.PIPE)
    try:
        assert bare.stdout is not None
        bare_port = int(bare.stdout.readline())
        yield side_by_side(f"{form}: read + decode 100,000 / bare recv + numpy", lambda: read(ports[form], RECORDS),
                           lambda: bare_read(bare_port, len(stream), table, form), aim="<= 1.5", rounds=15)  # fmt: skip
    finally:
        bare.kill()
        bare.wait()
    if (count := PYZK_READS.get(form)) is not None:
        port = ports[f"{form}-pyzk"]
        pyzk = [sys.executable, "-c", PYZK, str(port), str(count)]
        yield side_by_side(f"{form}: pyzk 0.9 / ours, {count:,} records", lambda: read(port, count),
                           lambda: subprocess.run(pyzk, check=True), aim="> 20", rounds=1, peer=True)  # fmt: skip


def read(port: int, count: int) -> None:
    reading = read_terminal(f"tcp://127.0.0.1:{port}", 0, lambda: datetime.now(UTC).replace(tzinfo=None))
    assert len(reading.batch) == count
