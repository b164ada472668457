"""A folder with terminals of any size, for benchmarks and tests of the reader: many records, few stories."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from simulator.clock import ClockState, wall_seconds, write_clock
from simulator.frames import RECORD, USER, encode_times
from simulator.offices import next_free_port

START = datetime.fromisoformat("2017-01-30T06:00:00")


def bulk_log(count: int, seed: int = 2017, pins: int = 500) -> tuple[NDArray[np.void], NDArray[np.int64]]:
    """`count` records of `pins` people from 30 January 2017 on, 1 to 9 s apart, and their times (wall seconds)."""
    rng = np.random.default_rng([seed, count])
    at = wall_seconds(START) + np.cumsum(rng.integers(1, 10, size=count))
    records = np.zeros(count, dtype=RECORD)
    records["uid"] = np.arange(1, count + 1) & 0xFFFF
    records["pin"] = np.char.encode((rng.integers(0, pins, size=count) + 101).astype("U9"), "ascii")
    records["verify"] = np.where(rng.random(count) < 0.2, 15, 1)
    records["state"] = rng.integers(0, 2, size=count)
    records["time"] = encode_times(at)
    records["tail"] = 0xFF
    return records, at


def create_bulk(
    folder: Path,
    counts: Mapping[str, int],
    *,
    base_port: int = 27500,
    comm_key: int = 0,
    seed: int = 2017,
    profiles: Mapping[str, str] | None = None,
) -> dict[str, int]:
    """Write the state of terminals (serial -> number of records), clock frozen after the last record.

    profiles: serial -> kind of terminal, where it is not the default one.

    Returns serial -> port. Serve it with `simulator.server.serve_folder(folder)` or `hadir simulator serve`.
    """
    states = folder / "terminals"
    states.mkdir(parents=True, exist_ok=True)
    rows: list[dict[str, object]] = []
    ports: dict[str, int] = {}
    last = wall_seconds(START)
    port = base_port
    for number, (serial, count) in enumerate(counts.items()):
        records, at = bulk_log(count, seed + number)
        users = np.zeros(500, dtype=USER)
        users["uid"] = np.arange(1, 501)
        users["pin"] = np.char.encode(np.arange(101, 601).astype("U9"), "ascii")
        users["name"] = np.char.encode(np.char.add("Pegawai ", np.arange(101, 601).astype("U9")), "ascii")
        np.save(states / f"{serial}.log.npy", records.view(np.uint8).reshape(-1, RECORD.itemsize))
        np.save(states / f"{serial}.appears.npy", at)
        np.save(states / f"{serial}.users.npy", users.view(np.uint8).reshape(-1, USER.itemsize))
        port = next_free_port(port)
        ports[serial] = port
        rows.append({"serial": serial, "port": port, "comm_key": comm_key, **_kind(profiles, serial)})
        last = max(last, int(at[-1]) if count else last)
        port += 1
    (states / "terminals.json").write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")
    (folder / "faults.json").write_text("{}\n", encoding="utf-8")
    moment = datetime.fromisoformat(str(np.datetime64(last, "s")))
    write_clock(folder / "clock.json", ClockState(mode="frozen", at=moment))
    return ports


def _kind(profiles: Mapping[str, str] | None, serial: str) -> dict[str, str]:
    return {"profile": profiles[serial]} if profiles and serial in profiles else {}
