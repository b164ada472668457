"""Renders each dashboard into a page that stands by itself: no script, no font, no picture from elsewhere."""

from __future__ import annotations

import base64
import hashlib
import os
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any, Final

import psycopg2
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from psycopg2.extensions import connection as Connection
from psycopg2.extras import RealDictCursor

from dashboards.charts import HATCH_ID, PHONE, TONES, Row, Sheet, draw, live_measures, sheet_for, wall_sheet_for
from dashboards.definition import (
    DASHBOARD_FILES,
    ROOM,
    STAMP,
    Card,
    Column,
    Dashboard,
    DefinitionInvalid,
    Measure,
    read_dashboards,
)
from dashboards.wording import clock, long_date, shown, since
from warehouse.connection import connect
from warehouse.console import Problem
from warehouse.settings import Settings

TEMPLATES_DIR: Final = ROOM / "templates"
PAGE_NAME: Final = "index.html"
REFRESH_S: Final = 60
MEASURES_WITH_LEGEND: Final = 2
# Wide and narrow drawing of a card, by its wide paper.
Drawings = dict[tuple[Card, Sheet], tuple[Markup, Markup]]


@dataclass(frozen=True, slots=True)
class Moment:
    """The clock of the page: as_of of the build, the day that is shown, until when the city's data reach."""

    as_of: datetime
    shown_date: date
    data_until: datetime | None

    @property
    def is_running(self) -> bool:
        """True when the day shown is the day of as_of; else as_of falls on a day off."""
        return self.shown_date == self.as_of.date()


@dataclass(frozen=True, slots=True)
class Figure:
    """A number with its name; `tone` is its colour in the strip."""

    text: str
    label: str
    hint: str
    tone: str


@dataclass(frozen=True, slots=True)
class Stretch:
    """A part of the headline's strip, in percent of its length."""

    tone: str
    start: float
    length: float


@dataclass(frozen=True, slots=True)
class Cell:
    """One value of a table; numbers stand right, a tone marks what is above zero."""

    label: str
    text: str
    classes: str


@dataclass(frozen=True, slots=True)
class View:
    """A card, ready to be written."""

    card: Card
    anchor: str
    stamp: str
    figures: tuple[Figure, ...]
    strip: tuple[Stretch, ...]
    legend: tuple[tuple[str, str], ...]
    wide: Markup
    narrow: Markup
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]


def render(settings: Settings) -> Path:
    """Writes var/pages/ from the marts, as role metabase, all pages from one snapshot.

    `index.html` is the first dashboard's, the others are `<key>.html`; one with a wall form has `<key>_layar.html` too.

    Returns:
        the path of index.html.

    Raises:
        Problem: the database is away, a mart is missing, or the definition is broken.
    """
    try:
        dashboards = read_dashboards()
    except DefinitionInvalid as error:
        raise Problem(f"Definisi dasbor tidak sah: {error}") from error
    conn = connect(settings, "metabase")
    try:
        conn.set_session(isolation_level="REPEATABLE READ", readonly=True)
        cards = {card.query(): card for dashboard in dashboards for card in dashboard.cards}
        answers = {query: _ask(conn, card) for query, card in cards.items()}
    finally:
        conn.close()
    drawings: Drawings = {}
    for dashboard in dashboards:
        for name, is_wall in pages_of(dashboard):
            _write(settings.pages_dir / name, compose(dashboards, dashboard, answers, drawings, is_wall=is_wall))
    return settings.pages_dir / PAGE_NAME


def pages_of(dashboard: Dashboard) -> tuple[tuple[str, bool], ...]:
    """File names of a dashboard's pages, each with whether it is the wall form."""
    walls = ((f"{dashboard.key}_layar.html", True),) if dashboard.wall else ()
    return ((page_name(dashboard.key), False), *walls)


def page_name(key: str) -> str:
    """The file name of a dashboard's page."""
    return PAGE_NAME if f"{key}.yml" == DASHBOARD_FILES[0] else f"{key}.html"


def _ask(conn: Connection, card: Card) -> list[Row]:
    try:
        with conn.cursor(cursor_factory=RealDictCursor) as cursor:
            cursor.execute(card.query())
            return list(cursor.fetchall())
    except psycopg2.errors.UndefinedTable as error:
        raise Problem(f"Kartu '{card.title}' membaca mart yang belum dibangun; jalankan 'hadir build' dulu.") from error
    except psycopg2.Error as error:
        raise Problem(f"Kartu '{card.title}' ({card.sql}) tidak dapat dijawab: {str(error).strip()}") from error


def compose(
    dashboards: Sequence[Dashboard],
    dashboard: Dashboard,
    answers: Mapping[str, list[Row]],
    drawings: Drawings,
    *,
    is_wall: bool = False,
) -> str:
    """The HTML of one dashboard.

    Args:
        dashboards: all, for the links between the pages.
        dashboard: the one that is shown.
        answers: the rows of each card, by its query.
        drawings: what is drawn already and is drawn once only; pages that show the same card share it.
        is_wall: the form for a wall: the cards that the definition names for it, without links.
    """
    moment = _moment(dashboard, answers)
    style = (TEMPLATES_DIR / "page.css").read_text(encoding="utf-8")
    style_hash = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    return (
        _environment()
        .get_template("page.html.j2")
        .render(
            dashboard=dashboard,
            views=[
                _view(dashboard, card, answers, moment, lambda *drawn: _drawn(drawings, *drawn, is_wall=is_wall))
                for card in _cards_on(dashboard, is_wall)
            ],
            links=[] if is_wall else [(page_name(each.key), each) for each in dashboards],
            is_wall=is_wall,
            moment=moment,
            moment_empty=dashboard.cards[0].empty,
            style=Markup(style),  # noqa: S704 - our own file
            style_hash=style_hash,
            refresh_s=dashboard.wall.refresh_s if dashboard.wall and is_wall else REFRESH_S,
            hatch_id=HATCH_ID,
            hatch_colour=TONES["kosong"],
            long_date=long_date,
            clock=clock,
            since=since,
        )
    )


def _cards_on(dashboard: Dashboard, is_wall: bool) -> list[Card]:
    shown = [card for card in dashboard.cards if card.display != "moment"]
    if not (is_wall and dashboard.wall):
        return shown
    by_key = {card.key: card for card in shown}
    return [by_key[key] for key in dashboard.wall.cards]


def _environment() -> Environment:
    loader = FileSystemLoader(TEMPLATES_DIR)
    return Environment(loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)


def _moment(dashboard: Dashboard, answers: Mapping[str, list[Row]]) -> Moment | None:
    for card in dashboard.cards:
        if card.display == "moment" and answers[card.query()]:
            row = answers[card.query()][0]
            return Moment(row["as_of_local"], row["shown_date"], row[STAMP])
    return None


def _view(
    dashboard: Dashboard,
    card: Card,
    answers: Mapping[str, list[Row]],
    moment: Moment | None,
    drawn: Callable[[Card, list[Row], date], tuple[Markup, Markup]],
) -> View:
    rows = answers[card.query()]
    today = moment.as_of.date() if moment is not None else date.min
    has_chart = bool(rows) and card.display in ("row", "bar")
    has_figures = bool(rows) and card.display in ("headline", "figures")
    measures = live_measures(card, rows) if rows else ()
    wide, narrow = drawn(card, rows, today) if has_chart else (Markup(""), Markup(""))
    return View(
        card=card,
        anchor=f"{dashboard.key}-{card.key}",
        stamp=_stamp(rows, moment),
        figures=_figures(card, rows[0], today) if has_figures else (),
        strip=_strip(card, rows[0]) if has_figures else (),
        legend=_legend(card, measures),
        wide=wide,
        narrow=narrow,
        columns=card.shown_columns,
        rows=tuple(_cells(card, row, today) for row in rows) if card.display == "table" else (),
    )


def _drawn(drawings: Drawings, card: Card, rows: list[Row], today: date, *, is_wall: bool) -> tuple[Markup, Markup]:
    sheet = wall_sheet_for(card) if is_wall else sheet_for(card)
    if (card, sheet) not in drawings:
        drawings[card, sheet] = (_drawing(card, rows, sheet, today), _drawing(card, rows, PHONE, today))
    return drawings[card, sheet]


def _drawing(card: Card, rows: list[Row], sheet: Sheet, today: date) -> Markup:
    return Markup(draw(card, rows, sheet, today))  # noqa: S704 - SVG of our own drawing, texts escaped by vl-convert


def _legend(card: Card, measures: Sequence[Measure]) -> tuple[tuple[str, str], ...]:
    """Panels of days carry their names themselves, one measure needs none."""
    if card.display != "row" or len(measures) < MEASURES_WITH_LEGEND:
        return ()
    return tuple((measure.tone, card.column(measure.column).label) for measure in measures)


def _stamp(rows: list[Row], moment: Moment | None) -> str:
    """`data per HH.MM`: what the card's rows reach, the earliest; without rows what the city's data reach."""
    if moment is None:
        return "belum ada data"
    reached = [row[STAMP] for row in rows if row[STAMP] is not None]
    until = min(reached) if reached else moment.data_until
    return "belum ada data" if until is None else f"data per {since(until, moment.as_of.date())}"


def _figures(card: Card, row: Row, today: date) -> tuple[Figure, ...]:
    """Figures whose value is null are left out: it is not known yet, and a dash would ask for attention."""
    tones = {m.column: m.tone for m in card.chart.measures} if card.chart else {}
    return tuple(
        Figure(shown(row[c.name], c.format, today), c.label, c.hint or "", tones.get(c.name, ""))
        for c in card.shown_columns
        if row[c.name] is not None
    )


def _strip(card: Card, row: Row) -> tuple[Stretch, ...]:
    if card.chart is None:
        return ()
    counts = [float(row[m.column] or 0) for m in card.chart.measures]
    total = sum(counts) or 1.0
    starts = [sum(counts[:place]) for place in range(len(counts))]
    return tuple(
        Stretch(m.tone, round(100 * start / total, 2), round(100 * count / total, 2))
        for m, start, count in zip(card.chart.measures, starts, counts, strict=True)
        if count
    )


def _cells(card: Card, row: Row, today: date) -> tuple[Cell, ...]:
    return tuple(
        Cell(column.label, shown(row[column.name], column.format, today), _classes(column, row[column.name]))
        for column in card.shown_columns
    )


def _classes(column: Column, value: Any) -> str:
    if column.format == "text":
        return "words"
    if column.format in ("date", "month", "moment"):
        return "words when"
    if not value:
        return "number zero"
    return f"number ink-{column.tone}" if column.tone else "number"


def _write(path: Path, text: str) -> Path:
    """A reader sees the old page or the new one, never half of one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, draft = tempfile.mkstemp(dir=path.parent, prefix=".halaman-", suffix=".html")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        os.replace(draft, path)
    except BaseException:
        Path(draft).unlink(missing_ok=True)
        raise
    return path
