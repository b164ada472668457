"""Offices and terminals of the simulated city, and how large a city is asked for.

The 15 offices carry the names of 2017 as the press wrote them.
"""

from __future__ import annotations

import socket
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta

import numpy as np

from simulator.workdays import is_workday

FAST_CLOCK_OPD = "DISDUKCAPIL"
FAST_CLOCK_S = 240
PAPER_OPD = "KEC-CIWANDAN"
PAPER_DAYS = (date(2017, 3, 6), date(2017, 3, 10))
POWER_CUT_OPD = "DLH"
POWER_CUT_DAY = date(2017, 3, 23)
UNKNOWN_PIN_OPD = "BKPP"
UNKNOWN_PIN_DAY = date(2017, 3, 22)
OFFLINE_OPD = "DINDIK"
OFFLINE = ("2017-03-28T00:00:00", "2017-03-31T00:00:00")
USB_OPD = "KEC-PULOMERAK"
USB_STICKS = ("2017-02-17T17:30:00", "2017-03-19T12:00:00", "2017-03-29T17:00:00")
HAND_LIST_DAY = date(2017, 3, 27)
HAND_LIST_OPD = "INSPEKTORAT"
LOST_LIST_OPD = "SETWAN"
# Terminals that look at faces and keep no picture, and the one that keeps a picture of each punch.
FACE_OPDS = ("BKPP", "BPKAD", "DISHUB")
PHOTO_OPD = "SETWAN"


@dataclass(frozen=True, slots=True)
class Office:
    """One OPD. weight: its share of the people; pins: whether a PIN holds in the office or at one terminal."""

    code: str
    name: str
    weight: int
    terminals: int
    pins: str = "opd"
    guards: int = 0


OFFICES: tuple[Office, ...] = (
    Office("SETDA", "Sekretariat Daerah", 190, 2, guards=4),
    Office("SETWAN", "Sekretariat DPRD", 55, 1),
    Office("INSPEKTORAT", "Inspektorat", 45, 1),
    Office("BKPP", "Badan Kepegawaian, Pendidikan dan Pelatihan", 50, 1),
    Office("BPKAD", "Badan Pengelolaan Keuangan dan Aset Daerah", 110, 2),
    Office("BAPPEDA", "Badan Perencanaan Pembangunan Daerah", 52, 1),
    Office("DINDIK", "Dinas Pendidikan", 88, 1),
    Office("DINKES", "Dinas Kesehatan", 120, 2, pins="terminal"),
    Office("DPUTR", "Dinas Pekerjaan Umum dan Tata Ruang", 95, 1, guards=2),
    Office("SATPOLPP", "Satuan Polisi Pamong Praja", 105, 1),
    Office("DISHUB", "Dinas Perhubungan", 80, 1, guards=2),
    Office("DISDUKCAPIL", "Dinas Kependudukan dan Pencatatan Sipil", 62, 1),
    Office("DLH", "Dinas Lingkungan Hidup", 66, 1),
    Office("KEC-PULOMERAK", "Kecamatan Pulomerak", 36, 1),
    Office("KEC-CIWANDAN", "Kecamatan Ciwandan", 38, 1),
)


@dataclass(frozen=True, slots=True)
class CitySpec:
    """How large a city and for how long.

    start..until are judged by the truth, until..plan_until only get punches (the live city). The last pull is taken
    at 08:00 of the day after `until`, which must be no working day. photo_days: on so many working days up to `until`
    the terminal of PHOTO_OPD keeps its pictures. push, solution: offices whose terminals send by themselves, or have
    a web server; the others are read over the ZK protocol, that of USB_OPD by stick.
    """

    seed: int = 2017
    people: int = 1200
    terminals: int = 18
    start: date = date(2017, 1, 30)
    until: date = date(2017, 3, 31)
    plan_until: date = date(2017, 4, 7)
    base_port: int = 27300  # below the ports that the system lends to outgoing connections (from 32768 on)
    offices: tuple[str, ...] = ()
    photo_days: int = 4
    push: tuple[str, ...] = ()
    solution: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Refuse what the truth could not be planted for."""
        if is_workday(self.until + timedelta(days=1)):
            raise ValueError("hari sesudah --until harus hari libur (misalnya --until hari Jumat)")
        if not self.start <= self.until <= self.plan_until:
            raise ValueError("--from, --until dan --plan-until harus berurutan")
        twice = {USB_OPD} & {*self.push, *self.solution} or {*self.push} & {*self.solution}
        if twice or OFFLINE_OPD in self.solution:
            raise ValueError(f"--push dan --solution: {USB_OPD} memakai USB, {OFFLINE_OPD} dibaca, satu OPD satu jalan")

    @property
    def read_at(self) -> datetime:
        """Wall time of the last pull of the planned history."""
        return datetime.combine(self.until + timedelta(days=1), time(8))


@dataclass(frozen=True, slots=True)
class TerminalPlan:
    """One simulated terminal. port 0: nobody can ask it. comm_key 0: none is set. driver: as the site folder says."""

    index: int
    serial: str
    label: str
    opd: int
    port: int
    comm_key_name: str
    comm_key: int
    installed_on: date
    drift_s: int
    state_keys: bool
    driver: str
    offline: tuple[tuple[str, str], ...] = ()

    @property
    def address(self) -> str:
        """Where it is asked, as in the site folder; blank where nobody can."""
        scheme = {"zk": "tcp", "solution": "soap"}.get(self.driver)
        return f"{scheme}://127.0.0.1:{self.port}" if scheme else ""


def chosen_offices(spec: CitySpec) -> list[Office]:
    """The offices of a city of that many terminals (or the named ones), with as many terminals as are left."""
    if spec.offices:
        by_code = {office.code: office for office in OFFICES}
        unknown = [code for code in spec.offices if code not in by_code]
        if unknown:
            raise ValueError(f"OPD tidak dikenal: {', '.join(unknown)}")
        return [by_code[code] for code in spec.offices]
    chosen: list[Office] = []
    left = spec.terminals
    extra = (Office(f"UPT-{n:03d}", f"Unit Pelaksana Teknis {n}", 60, 1) for n in range(1, 100000))
    for office in (*OFFICES, *extra):
        if left <= 0:
            break
        count = min(office.terminals, left)
        chosen.append(Office(office.code, office.name, office.weight, count, office.pins, office.guards))
        left -= count
    return chosen


def _is_free(port: int) -> bool:
    """Without SO_REUSEADDR: the port that another city keeps for a terminal that is offline is not free either."""
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def next_free_port(port: int) -> int:
    """The first port from there on that nobody holds on 127.0.0.1. Raises OSError when there is none."""
    while not _is_free(port):
        port += 1
        if port > 65535:
            raise OSError("tidak ada port bebas di atas --base-port")
    return port


def _driver(spec: CitySpec, office: Office) -> str:
    if office.code == USB_OPD:
        return "usb_file"
    return "adms" if office.code in spec.push else "solution" if office.code in spec.solution else "zk"


def _drift(office: Office, number: int) -> int:
    drifts = {(FAST_CLOCK_OPD, 0): FAST_CLOCK_S, ("SATPOLPP", 0): 2, ("BPKAD", 0): -1}
    return drifts.get((office.code, number), 0)


def plan_terminals(spec: CitySpec, offices: list[Office]) -> list[TerminalPlan]:
    """Place the terminals; ports are the first free ones from spec.base_port on."""
    rng = np.random.default_rng([spec.seed, 1])
    plans: list[TerminalPlan] = []
    port = spec.base_port
    missing = {*spec.push, *spec.solution} - {office.code for office in offices}
    if missing:
        raise ValueError(f"OPD tidak ada di kota ini: {', '.join(sorted(missing))}")
    for opd, office in enumerate(offices):
        driver = _driver(spec, office)
        networked = driver in ("zk", "solution")
        for number in range(office.terminals):
            index = len(plans)
            port = next_free_port(port) if networked else port
            has_key = networked and opd % 4 != 2
            late_install = office.code == "BPKAD" and number == 1
            plans.append(
                TerminalPlan(
                    index=index,
                    serial=f"OID7046051{7000000 + index * 37 + 11:07d}",
                    label=f"{office.code} {number + 1}",
                    opd=opd,
                    port=port if networked else 0,
                    comm_key_name=office.code.lower().replace("-", "_") if has_key else "",
                    comm_key=0,
                    installed_on=max(spec.start, date(2017, 2, 20)) if late_install else spec.start,
                    drift_s=_drift(office, number),
                    state_keys=index % 5 != 3,
                    driver=driver,
                    offline=(OFFLINE,) if office.code == OFFLINE_OPD else (),
                )
            )
            port += networked
    return _with_keys(plans, rng)


def _with_keys(plans: list[TerminalPlan], rng: np.random.Generator) -> list[TerminalPlan]:
    """One key per key name: the terminals of an office share it."""
    names = sorted({plan.comm_key_name for plan in plans if plan.comm_key_name})
    keys = {name: int(rng.integers(100000, 1000000)) for name in names}
    return [replace(plan, comm_key=keys.get(plan.comm_key_name, 0)) for plan in plans]
