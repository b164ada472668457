"""What a dashboard is: cards with their SQL, columns and display, as data that is checked when read.

The same definition serves the page and Metabase: `dimension` and `measures` are Metabase's graph.dimensions and
graph.metrics, `width` is half its 24-column grid, formats are its column_settings.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final, Literal, Self

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

ROOM: Final = Path(__file__).resolve().parent
CARDS_DIR: Final = ROOM / "cards"
# The order of the page: who decides first, then who looks after the details.
DASHBOARD_FILES: Final = ("wali_kota.yml", "sekda.yml")

Format = Literal["text", "date", "month", "moment", "integer", "decimal", "percent", "rupiah"]
Display = Literal["moment", "headline", "figures", "row", "bar", "table"]
Tone = Literal["hadir", "menunggu", "izin", "alpa", "kosong", "terlambat", "netral"]
Audience = Literal["pimpinan", "sekda", "bkpp", "opd"]
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
    empty: str = Field(min_length=1, description="what is said when there are no rows")

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
        """The card's SQL.

        Raises:
            FileNotFoundError: no such file in the folder of the cards.
        """
        return (cards_dir / self.sql).read_text(encoding="utf-8")


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


class Dashboard(_Part):
    """The cards of one reader, in reading order.

    `audience` is who may open it in Metabase; a dashboard of one office (`opd`) names the office whose code stands
    fixed in the SQL of its cards, because a filter is no protection. `wall_refresh_s`: it also hangs on a wall.
    """

    key: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    title: str
    reader: str
    description: str
    owner: Owner
    audience: Audience
    opd_code: str | None = Field(default=None, pattern=r"^[A-Za-z0-9._-]+$")
    wall_refresh_s: int | None = Field(default=None, ge=10)
    filters: tuple[Filter, ...] = ()
    cards: tuple[Card, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _office_is_named(self) -> Self:
        if (self.audience == "opd") != (self.opd_code is not None):
            raise ValueError("opd_code belongs to the audience 'opd', and only to it")
        return self


class DefinitionInvalid(Exception):
    """A dashboard file that is no dashboard: which file, which field, what is wrong with it."""


def read_dashboard(path: Path) -> Dashboard:
    """Reads one YAML file.

    Raises:
        DefinitionInvalid: no YAML, or fields that are missing, unknown or of the wrong form.
    """
    try:
        return Dashboard.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
    except FileNotFoundError as error:
        raise DefinitionInvalid(f"{path.name}: berkas tidak ada") from error
    except yaml.YAMLError as error:
        raise DefinitionInvalid(f"{path.name}: bukan YAML yang sah: {error}") from error
    except ValidationError as error:
        places = [".".join(str(step) for step in fault["loc"]) or "isi" for fault in error.errors()]
        faults = "; ".join(f"{place}: {fault['msg']}" for place, fault in zip(places, error.errors(), strict=True))
        raise DefinitionInvalid(f"{path.name}: {faults}") from error


def read_dashboards(room: Path = ROOM) -> tuple[Dashboard, ...]:
    """All dashboards, in the order of the page.

    Raises:
        DefinitionInvalid: the first file that is no dashboard.
    """
    return tuple(read_dashboard(room / name) for name in DASHBOARD_FILES)
