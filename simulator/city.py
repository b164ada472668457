"""Makes the simulated city: site folder, truth, USB sticks, photographs, secrets and terminals, from one seed."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from pathlib import Path

import numpy as np

from simulator.ceremony import leadership, plan_closing, take_ceremony
from simulator.frames import RECORD, USER
from simulator.guards import plan_nights
from simulator.offices import USB_STICKS, CitySpec, TerminalPlan, chosen_offices, plan_terminals
from simulator.people import Person, Town, build_people
from simulator.photos import plan_photos, write_enrolment, write_faces_truth, write_photos
from simulator.plan import plan_offices
from simulator.plants import odd_records, plant_days, plant_people
from simulator.punches import Log, build_logs
from simulator.rolls import plan_roll_calls, take_roll
from simulator.site import write_days, write_deciders, write_rolls, write_site
from simulator.truth import plant_truth, write_closing, write_truth


@dataclass(frozen=True, slots=True)
class City:
    """What was made: counts for the door and the paths a run needs."""

    folder: Path
    people: int
    terminals: int
    punches: int
    photos: int
    person_days: int
    deductions: int


def create_city(spec: CitySpec, folder: Path, *, inbox: Path | None = None, secrets: Path | None = None) -> City:
    """Write a city into folder (site/, truth/, inbox/, secrets/, terminals/, photos/, enrolment/ and two JSON files).

    The same spec gives the same bytes, as long as the same ports are free. Raises ValueError when the spec cannot be
    planted (too few people, a last day before a working day) or when the folder holds a site of somebody else.
    """
    offices = chosen_offices(spec)
    terminals = plan_terminals(spec, offices)
    town = Town(spec, offices, terminals, build_people(spec, offices, terminals))
    plant_people(town)
    plan = plan_offices(town)
    plant_days(town, plan)
    nights = plan_nights(town)
    rolls = [take_roll(town.opd_codes, plan, event) for event in plan_roll_calls(spec, town.opd_codes)]
    ceremony, closing = take_ceremony(town, plan), plan_closing(spec, town)
    rolls += [ceremony] if ceremony is not None else []
    truth = plant_truth(town, plan, nights, rolls)
    logs = build_logs(town, plan, nights, odd_records(town))
    photos = plan_photos(town, logs)
    _make_room(folder)
    write_site(folder / "site", town)
    write_days(folder / "site", town, plan, nights)
    write_rolls(folder / "site", town, rolls)
    write_deciders(folder / "site", spec.start)
    write_truth(folder / "truth", town.people, truth)
    if closing is not None:
        write_closing(folder / "truth", town.people, plan, truth, closing)
    _write_json(folder / "leadership.json", leadership(town, ceremony, closing))
    write_secrets(secrets or folder / "secrets", terminals)
    write_terminals(folder, town, logs)
    write_sticks(inbox or folder / "inbox", spec, terminals, logs)
    write_photos(folder / "photos", spec, photos)
    write_enrolment(folder / "enrolment", town)
    write_faces_truth(folder / "truth", photos)
    punches = sum(len(log.records) for log in logs)
    person_days, cuts = len(truth.person_days.rows), len(truth.cuts)
    return City(folder, len(town.people), len(terminals), punches, len(photos), person_days, cuts)


def _make_room(folder: Path) -> None:
    """Remove an earlier simulated city; a site folder that is not one is left alone. Raises ValueError for that."""
    if not (folder / "terminals" / "terminals.json").exists():
        if (folder / "site").exists():
            raise ValueError(f"{folder / 'site'} sudah ada dan bukan kota tiruan; pilih folder lain")
        return
    for part in ("site", "truth", "inbox", "secrets", "terminals", "photos", "enrolment"):
        shutil.rmtree(folder / part, ignore_errors=True)


def write_secrets(folder: Path, terminals: list[TerminalPlan]) -> None:
    """One file per comm key, named comm_key_<name>."""
    folder.mkdir(parents=True, exist_ok=True)
    for terminal in terminals:
        if terminal.comm_key_name:
            path = folder / f"comm_key_{terminal.comm_key_name}"
            path.write_text(f"{terminal.comm_key}\n", encoding="ascii")
            path.chmod(0o600)


def write_terminals(folder: Path, town: Town, logs: list[Log]) -> None:
    """What `serve` runs from: a table of terminals, and per terminal its log, its arrival times and its users."""
    states = folder / "terminals"
    states.mkdir(parents=True, exist_ok=True)
    rows = []
    for terminal, log in zip(town.terminals, logs, strict=True):
        np.save(states / f"{terminal.serial}.log.npy", log.records.view(np.uint8).reshape(-1, RECORD.itemsize))
        np.save(states / f"{terminal.serial}.appears.npy", log.appears_at)
        users = _users(terminal, town.people)
        np.save(states / f"{terminal.serial}.users.npy", users.view(np.uint8).reshape(-1, USER.itemsize))
        rows.append(
            {
                "serial": terminal.serial,
                "port": terminal.port,
                "comm_key": terminal.comm_key,
                "drift_s": terminal.drift_s,
                "offline": [list(span) for span in terminal.offline],
                "opd": town.opd_codes[terminal.opd],
                **({} if terminal.driver in ("zk", "usb_file") else {"driver": terminal.driver}),
            }
        )
    _write_json(states / "terminals.json", rows)
    _write_json(folder / "clock.json", {"mode": "frozen", "at": town.spec.read_at.isoformat()})
    _write_json(folder / "faults.json", {})


def _write_json(path: Path, content: object) -> None:
    path.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")


def _users(terminal: TerminalPlan, people: list[Person]) -> np.ndarray[tuple[int], np.dtype[np.void]]:
    """All who ever had a PIN at this terminal, in the 72-byte form; passwords are empty."""
    enrolled: dict[str, str] = {}
    for person in people:
        for stay in person.stays:
            here = stay.terminal == terminal.index if stay.scope == "terminal" else stay.opd == terminal.opd
            if here and (stay.scope == "terminal" or stay.pin not in enrolled):
                enrolled[stay.pin] = person.name
    users = np.zeros(len(enrolled), dtype=USER)
    users["uid"] = np.arange(1, len(enrolled) + 1)
    users["pin"] = [pin.encode() for pin in enrolled]
    users["name"] = [name.encode()[:23] for name in enrolled.values()]
    return users


def _stick_times(spec: CitySpec) -> list[datetime]:
    """When the sticks are taken: the usual days, and a last one half an hour before the last pull."""
    last = datetime.combine(spec.until + timedelta(days=1), time(7, 30))
    usual = [datetime.fromisoformat(text) for text in USB_STICKS]
    first = datetime.combine(spec.start, time(12))
    return [taken for taken in usual if first < taken < last] + [last]


def write_sticks(inbox: Path, spec: CitySpec, terminals: list[TerminalPlan], logs: list[Log]) -> None:
    """The whole log on each stick: PIN right-aligned, time, device, state, verify, work code, TAB between."""
    for terminal in terminals:
        if terminal.driver != "usb_file":
            continue
        log = logs[terminal.index]
        folder = inbox / terminal.serial
        folder.mkdir(parents=True, exist_ok=True)
        times = np.char.replace(np.datetime_as_string(log.appears_at.astype("datetime64[s]")), "T", " ")
        pins = np.char.rjust(np.char.decode(log.records["pin"], "ascii"), 9)
        lines = [
            f"{pin}\t{at}\t1\t{state}\t{verify}\t{code}\n"
            for pin, at, state, verify, code in zip(
                pins.tolist(),
                times.tolist(),
                log.records["state"].tolist(),
                log.records["verify"].tolist(),
                log.records["work_code"].tolist(),
                strict=True,
            )
        ]
        for taken in _stick_times(spec):
            count = int(np.searchsorted(log.appears_at, _wall(taken), side="right"))
            path = folder / f"{taken:%Y%m%dT%H%M%S}_attlog.dat"
            path.write_bytes("".join(lines[:count]).encode("ascii"))


def _wall(moment: datetime) -> int:
    return int(np.datetime64(moment, "s").astype(np.int64))
