"""What a dashboard is: cards with their SQL, columns and display, as data that is checked when read.

The same definition serves the page and Metabase: `dimension` and `measures` are Metabase's graph.dimensions and
graph.metrics, `width` is half its 24-column grid, formats are its column_settings.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Final, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

ROOM: Final = Path(__file__).resolve().parent
CARDS_DIR: Final = ROOM / "cards"
# The order of the page: who decides first, then who looks after the details.
DASHBOARD_FILES: Final = ("wali_kota.yml", "wakil.yml", "sekda.yml", "bkpp.yml", "opd_contoh.yml")
# How the SQL of an office's cards names the office: a literal, so that the file stays valid SQL by itself.
OPD_PLACE: Final = "'KODE_OPD'"
OPD_CODE: Final = r"[A-Z0-9]+(-[A-Z0-9]+)*"
ROLE: Final = rf"^(wali_kota|wakil|sekda|bkpp|auditor|opd:{OPD_CODE})$"

Format = Literal["text", "date", "month", "moment", "integer", "decimal", "percent", "rupiah"]
Display = Literal["moment", "headline", "figures", "row", "bar", "table"]
Tone = Literal["hadir", "menunggu", "izin", "alpa", "kosong", "terlambat", "netral"]
FilterType = Literal["string/=", "date/all-options"]
STAMP: Final = "data_until_local"


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Column(_Part):
    """An output column of the card's SQL and how it is shown.

    `hint` is the small line under a figure; `tone` marks a number above zero in a table.
    """

    name: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    label: str = Field(min_length=1)
    format: Format
    hint: str | None = None
    tone: Tone | None = None
    is_hidden: bool = False


class Measure(_Part):
    """A column drawn as one colour of the chart; the colour follows the meaning, not the place."""

    column: str
    tone: Tone


class Chart(_Part):
    """Which columns are drawn: one dimension, one or more measures; `caption` stands at the end of each bar."""

    dimension: str | None = None
    measures: tuple[Measure, ...] = Field(min_length=1)
    caption: str | None = None

    def columns_used(self) -> tuple[str, ...]:
        """Every column that the chart names."""
        named = (self.dimension, *(measure.column for measure in self.measures), self.caption)
        return tuple(name for name in named if name is not None)


class Card(_Part):
    """One question and its answer.

    Displays: `moment` the clock of the page (one row); `headline` one row whose first three columns are the
    figure, its whole and its share, the others figures beside it; `figures` one row of numbers; `row` horizontal
    bars (several measures: stacked to 100 %); `bar` one bar per day, a panel per measure; `table` as it says.
    """

    key: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    title: str = Field(min_length=1)
    note: str | None = None
    sql: str = Field(pattern=r"^[a-z][a-z0-9_]*\.sql$")
    display: Display
    width: int = Field(default=12, ge=3, le=12, description="twelfths of a wide screen")
    height: int = Field(default=1, ge=1, le=3, description="rows of the grid that the card spans on a wide screen")
    is_folded: bool = Field(default=False, description="rows that name people stay closed until somebody opens them")
    columns: tuple[Column, ...] = Field(min_length=1)
    chart: Chart | None = None
    whole: str = Field(default="pegawai hadir", description="of a headline: what its figure and its whole count")
    empty: str = Field(min_length=1, description="what is said when there are no rows")
    opd_code: str | None = Field(default=None, description="the dashboard's, put in by read_dashboard")

    def column(self, name: str) -> Column:
        """The declared column of that name.

        Raises:
            KeyError: the card declares no such column (the lint names it before).
        """
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(f"{self.key}: {name}")

    @property
    def shown_columns(self) -> tuple[Column, ...]:
        """The columns that a reader sees."""
        return tuple(column for column in self.columns if not column.is_hidden)

    def query(self, cards_dir: Path = CARDS_DIR) -> str:
        """The card's SQL; an office's card has its code as a literal in it, no filter that a reader could change.

        Raises:
            FileNotFoundError: no such file in the folder of the cards.
        """
        sql = (cards_dir / self.sql).read_text(encoding="utf-8")
        return sql if self.opd_code is None else sql.replace(OPD_PLACE, f"'{self.opd_code}'")


class Owner(_Part):
    """Who answers questions about the dashboard."""

    name: str


class Filter(_Part):
    """A choice of the reader in Metabase; the page shows everything.

    A card takes part by a comment in its WHERE clause, `/* filter KEY: column */`, where KEY is the filter's.
    """

    key: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    label: str = Field(min_length=1)
    type: FilterType
    field: str = Field(pattern=r"^rpt_[a-z0-9_]+\.[a-z][a-z0-9_]*$", description="mart and column that give the values")
    default: str | None = None

    @property
    def mart(self) -> str:
        """The mart of the field."""
        return self.field.split(".")[0]

    @property
    def column(self) -> str:
        """The column of the field."""
        return self.field.split(".")[1]


class Wall(_Part):
    """The form for a screen on a wall: these cards at once, without scrolling, renewed by itself."""

    refresh_s: int = Field(default=60, ge=15, le=3600)
    cards: tuple[str, ...] = Field(min_length=1, description="keys of cards of this dashboard, in reading order")


class Dashboard(_Part):
    """The cards of one reader, in reading order.

    `roles` are those who may see it. `opd_code` fixes all its SQL to one office. A file that says `cards_of: KEY`
    instead of `cards` shows the cards of that dashboard.
    """

    key: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    title: str
    reader: str
    description: str
    owner: Owner
    roles: tuple[Annotated[str, Field(pattern=ROLE)], ...] = Field(min_length=1)
    opd_code: str | None = Field(default=None, pattern=f"^{OPD_CODE}$")
    wall: Wall | None = None
    filters: tuple[Filter, ...] = ()
    cards: tuple[Card, ...] = Field(min_length=1)


class DefinitionInvalid(Exception):
    """A dashboard file that is no dashboard: which file, which field, what is wrong with it."""


def read_dashboard(path: Path) -> Dashboard:
    """Reads one YAML file.

    Raises:
        DefinitionInvalid: no YAML, or fields that are missing, unknown or of the wrong form.
    """
    try:
        return Dashboard.model_validate(_with_cards(_read_yaml(path), path.parent))
    except FileNotFoundError as error:
        raise DefinitionInvalid(f"{path.name}: berkas {Path(error.filename).name} tidak ada") from error
    except yaml.YAMLError as error:
        raise DefinitionInvalid(f"{path.name}: bukan YAML yang sah: {error}") from error
    except ValidationError as error:
        places = [".".join(str(step) for step in fault["loc"]) or "isi" for fault in error.errors()]
        faults = "; ".join(f"{place}: {fault['msg']}" for place, fault in zip(places, error.errors(), strict=True))
        raise DefinitionInvalid(f"{path.name}: {faults}") from error


def _read_yaml(path: Path) -> Any:
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def _with_cards(document: Any, room: Path) -> Any:
    """Cards of another dashboard where the document names one; each card knows the office that it is fixed to."""
    if not isinstance(document, dict):
        return document
    others = _read_yaml(room / f"{document['cards_of']}.yml") if "cards_of" in document else document
    cards = [{**card, "opd_code": document.get("opd_code")} for card in others.get("cards") or []]
    return {name: value for name, value in document.items() if name != "cards_of"} | {"cards": cards}


def read_dashboards(room: Path = ROOM) -> tuple[Dashboard, ...]:
    """All dashboards, in the order of the page.

    Raises:
        DefinitionInvalid: the first file that is no dashboard.
    """
    return tuple(read_dashboard(room / name) for name in DASHBOARD_FILES)
