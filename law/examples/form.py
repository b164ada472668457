"""The form of a worked example, the border where a file that people wrote becomes scenarios.

docs/worked_examples.md tells it to those who write such files; each key here stands there.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Final, Literal

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from warehouse.console import Exit, Problem

Side = Literal["masuk", "pulang", "full"]
# What a day, a month, a year, a week or a number can be asked for.
ANSWERS: Final[Mapping[str, frozenset[str]]] = {
    "day": frozenset(
        {"status", "late", "early", "code", "codes", "pct", "pct_total", "warn", "cut_rp", "candidates"}
    ),
    "month": frozenset(
        {
            "pct", "pct_total", "paid_pct", "attendance_part_pct", "total_part_pct", "cut_rp", "candidates", "sanction",
        }
    ),
    "discipline": frozenset(
        {"sanction", "level", "pct", "months", "salary_stop_next_month", "converted_days", "remainder_min", "days"}
    ),
    "schedule": frozenset({"net_week_min", "claimed_week_min", "differs_from_claim"}),
    "nip": frozenset({"type", "birth", "tmt", "year", "frequency", "sex", "serial"}),
}  # fmt: skip
_OTHER_WORDS: Final = {
    "in": "masuk", "out": "pulang", "rejected": "refused", "ditolak": "refused", "disetujui": "approved",
    "menunggu": "pending", "late": "late", "terlambat": "late",
}  # fmt: skip


def _one_word(value: Any) -> Any:
    return _OTHER_WORDS.get(value, value) if isinstance(value, str) else value


def _as_text(value: Any) -> Any:
    return value if isinstance(value, str) else str(value)


def _clock_time(value: Any) -> Any:
    """07:30, 7.30 or 07:30:00."""
    if isinstance(value, Decimal):
        value = str(value)
    if not isinstance(value, str) or re.fullmatch(r"\d{1,2}[:.]\d{2}([:.]\d{2})?", value.strip()) is None:
        return value
    return value.strip().replace(".", ":").zfill(8 if value.count(":") + value.count(".") == 2 else 5)


Word = BeforeValidator(_one_word)
TimeOfDay = Annotated[time, BeforeValidator(_clock_time)]
Number = Annotated[Decimal, Field(ge=0)]


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


class Doc(_Strict):
    """What explains a day: an excuse, or a recorded punishment (kind hukuman)."""

    kind: str
    approval: Annotated[Literal["approved", "pending", "refused"], Word] = "approved"
    age_days: int = Field(default=0, ge=0)
    side: Annotated[Side, Word] | None = None
    pct: Number | None = None
    letter: bool | str = True

    @model_validator(mode="after")
    def check_kind(self) -> Doc:
        """A punishment says how much, a one-sided permission says which side."""
        if self.kind == "hukuman" and self.pct is None:
            raise ValueError("docs hukuman tanpa pct; isi pct, persen yang diputuskan atasan")
        if self.kind == "izin_sebelah" and self.side not in {"masuk", "pulang"}:
            raise ValueError("docs izin_sebelah tanpa side; isi side: masuk atau pulang")
        return self


class Event(_Strict):
    """A roll call or ceremony of the day."""

    kind: str
    attended: Annotated[bool | Literal["late"], Word]


class Scenario(_Strict):
    """What all kinds have: an id, what is expected, and words for people."""

    id: Annotated[str, BeforeValidator(_as_text)]
    expected: dict[str, Any] = Field(min_length=1)
    basis: Any = None
    tags: Any = None
    why: Any = None
    note: Any = None
    source: Any = None

    @model_validator(mode="after")
    def check_expected(self) -> Scenario:
        """Only what can be asked."""
        known = ANSWERS[getattr(self, "kind")]  # noqa: B009 - each kind declares its own literal
        unknown = sorted(self.expected.keys() - known)
        if unknown:
            raise ValueError(f"kunci expected '{unknown[0]}' tidak dikenal; pakai {', '.join(sorted(known))}")
        return self


class DayScenario(Scenario):
    """The punches of one person on one day."""

    kind: Literal["day"]
    regulation: str
    day: date = Field(alias="date")
    begin: TimeOfDay | None = Field(default=None, alias="in")
    end: TimeOfDay | None = Field(default=None, alias="out")
    schedule: str | None = None
    punches: tuple[TimeOfDay | datetime, ...] = ()
    holiday: bool = False
    special_day: str | None = None
    single_punch_is: Annotated[Literal["masuk", "pulang"], Word] | None = None
    pairing_override: bool = False
    docs: tuple[Doc, ...] = ()
    events: tuple[Event, ...] = ()
    midday_out_min: int | None = Field(default=None, ge=0)
    office_present_share: Annotated[Decimal, Field(ge=0, le=1)] | None = None
    allowance_rp: Number | None = None
    employee_kind: Literal["PNS", "PPPK", "honorer"] = "PNS"
    group: str | None = None

    @model_validator(mode="after")
    def check_day(self) -> DayScenario:
        """A shift has both ends, or is that of a schedule of the law; it is said even where there is none."""
        is_said = {"begin", "end"} <= self.model_fields_set
        if is_said == (self.schedule is not None):
            raise ValueError("isi in dan out (null = tidak ada jam kerja), atau schedule saja")
        if (self.begin is None) != (self.end is None):
            raise ValueError("in dan out harus sama-sama terisi atau sama-sama null")
        if self.single_punch_is is not None and len(self.punches) != 1:
            raise ValueError("single_punch_is hanya untuk satu rekaman; isi punches dengan tepat satu jam")
        return self

    @property
    def times(self) -> tuple[datetime, ...]:
        """The punches as wall times; one after midnight of a night shift lies on the next day."""
        return tuple(sorted(punch if isinstance(punch, datetime) else self._placed(punch) for punch in self.punches))

    def _placed(self, at: time) -> datetime:
        is_over_midnight = self.begin is not None and self.end is not None and self.end <= self.begin
        if is_over_midnight and self.begin is not None and self.end is not None:
            middle_s = (_seconds(self.begin) + _seconds(self.end)) / 2
            if _seconds(at) < middle_s:
                return datetime.combine(date.fromordinal(self.day.toordinal() + 1), at)
        return datetime.combine(self.day, at)


class MonthScenario(Scenario):
    """What a month has counted, priced."""

    kind: Literal["month"]
    regulation: str
    counters: dict[str, Number] = Field(min_length=1)
    allowance_rp: Number | None = None
    day: date | None = Field(default=None, alias="date")
    employee_kind: Literal["PNS", "PPPK", "honorer"] = "PNS"


class DisciplineScenario(Scenario):
    """What a calendar year has counted, and the sanction."""

    kind: Literal["discipline"]
    regulation: str
    counters: dict[str, Number] = Field(min_length=1)
    day: date | None = Field(default=None, alias="date")
    employee_kind: Literal["PNS", "PPPK", "honorer"] = "PNS"


class ScheduleScenario(Scenario):
    """The weekly sum of a table of hours."""

    kind: Literal["schedule"]
    schedule: str


class NipScenario(Scenario):
    """A personnel number."""

    kind: Literal["nip"]
    value: Annotated[str, BeforeValidator(_as_text)]


AnyScenario = DayScenario | MonthScenario | DisciplineScenario | ScheduleScenario | NipScenario
_FORMS: Final[Mapping[str, type[AnyScenario]]] = {
    "day": DayScenario,
    "month": MonthScenario,
    "discipline": DisciplineScenario,
    "schedule": ScheduleScenario,
    "nip": NipScenario,
}


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A scenario that cannot be tried, and what to do about it."""

    id: str
    expected: Any
    error: str


@dataclass(frozen=True, slots=True)
class ScenarioFile:
    """What a file holds, in its order."""

    scenarios: tuple[AnyScenario, ...]
    unreadable: tuple[Unreadable, ...]

    @property
    def total(self) -> int:
        """All of them, those that cannot be tried too."""
        return len(self.scenarios) + len(self.unreadable)


class _Loader(yaml.SafeLoader):
    """YAML as a legal office means it: 16:00 is a time and not 960, 0.1 is 0.1, a date stays as written."""


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag.rsplit(":", 1)[1] not in {"int", "float", "timestamp"}]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
_Loader.add_implicit_resolver("tag:yaml.org,2002:int", re.compile(r"[-+]?(0|[1-9][0-9]*)$"), list("-+0123456789"))
_Loader.add_implicit_resolver(
    "tag:yaml.org,2002:float", re.compile(r"[-+]?([0-9]+\.[0-9]*|\.[0-9]+)$"), list("-+.0123456789")
)
_Loader.add_constructor("tag:yaml.org,2002:float", lambda _, node: Decimal(node.value))


def read_scenarios(path: Path) -> ScenarioFile:
    """The scenarios of a file; one that is wrong is told and leaves the others.

    Raises:
        Problem: there is no such file, or it is no list of scenarios (exit code 2).
    """
    try:
        content = yaml.load(path.read_text(encoding="utf-8"), Loader=_Loader)  # noqa: S506 - a SafeLoader
    except (OSError, UnicodeDecodeError) as error:
        raise Problem(f"Berkas '{path}' tidak dapat dibaca: {error}", Exit.WRONG_USE) from error
    except yaml.YAMLError as error:
        raise Problem(f"Berkas '{path.name}' bukan YAML yang benar: {_one_line(error)}", Exit.WRONG_USE) from error
    entries = content.get("scenarios") if isinstance(content, dict) else content
    if not isinstance(entries, list) or not entries:
        raise Problem(
            f"Berkas '{path.name}' tidak berisi 'scenarios:' dengan daftar contoh; lihat docs/worked_examples.md.",
            Exit.WRONG_USE,
        )
    return _sorted_out(entries, path.name)


def _sorted_out(entries: Iterable[Any], file: str) -> ScenarioFile:
    scenarios: list[AnyScenario] = []
    unreadable: list[Unreadable] = []
    seen: set[str] = set()
    for number, entry in enumerate(entries, start=1):
        name = str(entry.get("id", f"#{number}")) if isinstance(entry, dict) else f"#{number}"
        try:
            scenario = _scenario(entry, seen)
        except (ValueError, ValidationError) as error:
            expected = entry.get("expected") if isinstance(entry, dict) else None
            unreadable.append(Unreadable(name, expected, f"{file}, contoh {name}: {_told(error)}"))
        else:
            scenarios.append(scenario)
        seen.add(name)
    return ScenarioFile(tuple(scenarios), tuple(unreadable))


def _scenario(entry: Any, seen: set[str]) -> AnyScenario:
    if not isinstance(entry, dict):
        raise ValueError("bukan pasangan kunci dan nilai; tulis misalnya {id: C01, kind: day, ...}")
    if "id" not in entry:
        raise ValueError("tanpa id; beri kode yang tidak dipakai contoh lain")
    if str(entry["id"]) in seen:
        raise ValueError("id sudah dipakai contoh sebelumnya; beri id lain")
    form = _FORMS.get(str(entry.get("kind")))
    if form is None:
        raise ValueError(f"kind '{entry.get('kind')}' tidak dikenal; pakai {', '.join(_FORMS)}")
    return form.model_validate(entry)


def _told(error: ValueError) -> str:
    if not isinstance(error, ValidationError):
        return str(error)
    first = error.errors()[0]
    key = ".".join(str(part) for part in first["loc"])
    if first["type"] == "value_error":
        return str(first["ctx"]["error"])
    told = {
        "missing": "belum diisi; isi kunci ini",
        "extra_forbidden": "tidak dikenal; hapus atau perbaiki ejaannya (docs/worked_examples.md)",
        "too_short": "kosong; isi sedikitnya satu",
    }.get(first["type"], f"bernilai {first['input']!r}, yang tidak dimengerti: {first['msg']}")
    return f"kunci '{key}' {told}"


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())


def _seconds(at: time) -> int:
    return at.hour * 3600 + at.minute * 60 + at.second
