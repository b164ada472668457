"""People of the simulated city: invented names, format-valid NIP, postings, PINs and allowances.

NIP: birth yyyymmdd + TMT CPNS yyyymm + sex 1/2 + serial 001-999 (Perka BKN 22/2007). Honorer have none.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from datetime import date

import numpy as np

from simulator.offices import CitySpec, Office, TerminalPlan

ANCHORS_PER_TERMINAL = 3
CLEAN_PER_OFFICE = 6
_WORDS_MEN = """
Ahmad Agus Asep Bambang Budi Cecep Dadang Deden Dedi Didin Edi Eko Endang Fahmi Faisal Hadi Hasan Hendra Heri
Iman Irfan Iwan Jajang Joko Karim Lukman Maman Mulyadi Nana Oman Rahmat Ridwan Rizal Rudi Saepudin Sanusi
Sobari Suhendi Sukma Tatang Tubagus Ujang Wahyu Yanto Yusuf Zainal
"""
MEN = tuple(_WORDS_MEN.split())
_WORDS_WOMEN = """
Aisyah Ani Dewi Diah Eka Elis Endah Euis Fatimah Fitri Hani Heni Iis Ika Imas Indah Ira Kartika Komariah Lilis
Lina Maya Mega Neneng Nia Nining Nova Nur Nurhayati Ratna Reni Rina Rohayati Rosita Siti Sri Susi Tati Titin
Tuti Uum Vina Wati Yanti Yeni Yuli
"""
WOMEN = tuple(_WORDS_WOMEN.split())
_WORDS_LAST = """
Abdullah Afandi Anwar Arifin Basri Firdaus Fauzi Gunawan Hakim Hambali Hasanudin Hidayat Husen Ismail Jaelani
Kosasih Kurniawan Kusuma Mahmud Maulana Muhtar Mustofa Nugraha Permana Prasetyo Purnama Rachman Ramdani Rosadi
Saputra Setiawan Sudrajat Suherman Sulaiman Supriatna Suryana Syafei Syarif Tirtayasa Wibowo Wijaya Yasin
"""
LAST = tuple(_WORDS_LAST.split())


@dataclass(frozen=True, slots=True)
class Stay:
    """A posting with the PIN that goes with it. valid_to and pin_to are exclusive; terminal is the home terminal."""

    opd: int
    group: str
    valid_from: date
    valid_to: date | None
    pin: str
    scope: str
    terminal: int
    pin_from: date


@dataclass(frozen=True, slots=True)
class Pay:
    """An allowance (TPP) in whole rupiah per month, from valid_from on, until the next one."""

    base_idr: int
    valid_from: date


@dataclass(frozen=True, slots=True)
class Person:
    """One employee. role: anchor (always on time), clean (kept for planted cases), staff, guard."""

    employee_id: str
    name: str
    kind: str
    nip: str
    stays: tuple[Stay, ...]
    pays: tuple[Pay, ...]
    role: str


@dataclass(frozen=True, slots=True)
class Town:
    """Everybody and everything that stands there before a day is planned."""

    spec: CitySpec
    offices: list[Office]
    terminals: list[TerminalPlan]
    people: list[Person]

    @property
    def staff(self) -> list[Person]:
        """The people with office hours: all but the night guards, who come last."""
        return [person for person in self.people if person.role != "guard"]

    @property
    def opd_codes(self) -> list[str]:
        """Codes of the offices, by index."""
        return [office.code for office in self.offices]


def build_people(spec: CitySpec, offices: list[Office], terminals: list[TerminalPlan]) -> list[Person]:
    """All people: office staff first (anchors and clean ones at the head of each office), night guards last.

    Raises ValueError when there are too few people for the terminals.
    """
    rng = np.random.default_rng([spec.seed, 2])
    guards = sum(office.guards for office in offices)
    sizes = _office_sizes(spec.people - guards, offices)
    identity = _Identities(rng, spec.start)
    people: list[Person] = []
    for opd, office in enumerate(offices):
        homes = [plan.index for plan in terminals if plan.opd == opd]
        people += _office_people(identity, office, opd, homes, sizes[opd])
    for opd, office in enumerate(offices):
        home = next(plan.index for plan in terminals if plan.opd == opd)
        people += _guards(identity, office, opd, home)
    return [replace(person, employee_id=f"CLG{number:05d}") for number, person in enumerate(people, start=1)]


def _office_sizes(count: int, offices: list[Office]) -> list[int]:
    """Share the people out by weight; each office gets at least its anchors and clean ones."""
    least = [ANCHORS_PER_TERMINAL * office.terminals + CLEAN_PER_OFFICE for office in offices]
    left = count - sum(least)
    if left < 0:
        raise ValueError(f"terlalu sedikit orang: paling sedikit {sum(least) + sum(o.guards for o in offices)}")
    weights = np.array([office.weight for office in offices], dtype=np.float64)
    cumulative = np.floor(np.cumsum(weights) / weights.sum() * left + 1e-9).astype(int)
    shares = np.diff(cumulative, prepend=0)
    return [base + int(share) for base, share in zip(least, shares, strict=True)]


class _Identities:
    """Draws names and numbers; NIP serials go on when the first fifteen digits are equal."""

    def __init__(self, rng: np.random.Generator, start: date) -> None:
        self.rng = rng
        self.start = start
        self.serials: Counter[str] = Counter()

    def name_and_sex(self, male: bool | None = None) -> tuple[str, int]:
        sex = 1 if (self.rng.random() < 0.58 if male is None else male) else 2
        first = MEN if sex == 1 else WOMEN
        return f"{first[self.rng.integers(len(first))]} {LAST[self.rng.integers(len(LAST))]}", sex

    def nip(self, sex: int) -> str:
        birth_year = int(self.rng.integers(1960, 1994))
        birth = f"{birth_year}{int(self.rng.integers(1, 13)):02d}{int(self.rng.integers(1, 29)):02d}"
        joined = min(birth_year + int(self.rng.integers(20, 33)), self.start.year - 1)
        month = int(self.rng.choice(np.array([1, 3, 4, 12])))
        head = f"{birth}{joined}{month:02d}{sex}"
        self.serials[head] += 1
        return f"{head}{self.serials[head]:03d}"

    def base_idr(self, kind: str, rank: int) -> int:
        """Echelon II first, then III, IV and staff; multiples of 50 so that one per cent can end in half a rupiah."""
        if kind == "honorer":
            low, high = 600_000, 950_000
        else:
            low, high = (
                (9_000_000, 12_000_000),
                (4_500_000, 6_500_000),
                (2_800_000, 3_900_000),
                (1_500_000, 2_600_000),
            )[0 if rank == 0 else 1 if rank < 4 else 2 if rank < 12 else 3]
        return int(self.rng.integers(low // 50, high // 50)) * 50


def _office_people(identity: _Identities, office: Office, opd: int, homes: list[int], size: int) -> list[Person]:
    start = identity.start
    reserved = ANCHORS_PER_TERMINAL * len(homes)
    people: list[Person] = []
    for number in range(size):
        role = "anchor" if number < reserved else "clean" if number < reserved + CLEAN_PER_OFFICE else "staff"
        name, sex = identity.name_and_sex()
        honorer = role == "staff" and identity.rng.random() < 0.24
        kind = "honorer" if honorer else "PNS"
        paid = not honorer or identity.rng.random() < 0.6
        home = homes[number % len(homes)]
        # At terminal scope the same PIN is given out at each terminal: it means somebody else there.
        pin = 101 + (number // len(homes) if office.pins == "terminal" else number)
        stay = Stay(opd, "", start, None, str(pin), office.pins, home, start)
        pays = (Pay(identity.base_idr(kind, number), start),) if paid else ()
        people.append(Person("", name, kind, "" if honorer else identity.nip(sex), (stay,), pays, role))
    return people


def _guards(identity: _Identities, office: Office, opd: int, home: int) -> list[Person]:
    """Night guards, half of them on the even nights (JAGA-A), half on the odd ones (JAGA-B)."""
    start = identity.start
    people: list[Person] = []
    for number in range(office.guards):
        name, sex = identity.name_and_sex(male=True)
        group = "JAGA-A" if number % 2 == 0 else "JAGA-B"
        kind = "PNS" if office.code == "DISHUB" else "honorer"
        nip = identity.nip(sex) if kind == "PNS" else ""
        unpaid = office.code == "DPUTR" and number == 0
        pays = () if unpaid else (Pay(identity.base_idr(kind, 99), start),)
        stay = Stay(opd, group, start, None, str(9001 + number), "terminal", home, start)
        people.append(Person("", name, kind, nip, (stay,), pays, "guard"))
    return people
