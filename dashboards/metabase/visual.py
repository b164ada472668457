"""How Metabase draws a card: its display and visualization_settings, numbers and dates as in Indonesian."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from dashboards.charts import TONES
from dashboards.definition import Card, Column, Format
from dashboards.metabase.layout import GRID_COLUMNS
from dashboards.metabase.objects import Body

SCALAR_WIDTH: Final = 6
SCALAR_HEIGHT: Final = 3
CARD_HEIGHT: Final = 8
# Decimal comma, point for thousands, as everywhere in Indonesia; the first sign is the decimal one.
_NUMBER: Final = {"number_separators": ",."}
_DATE: Final = {"date_style": "D MMMM, YYYY", "date_abbreviate": True}
_FORMATS: Final[Mapping[Format, Body]] = {
    "text": {},
    "date": {**_DATE, "time_enabled": None},
    "month": {"date_style": "MMMM, YYYY", "time_enabled": None},
    "moment": {**_DATE, "time_enabled": "minutes", "time_style": "HH:mm"},
    "integer": {**_NUMBER, "decimals": 0},
    "decimal": {**_NUMBER, "decimals": 1},
    "percent": {**_NUMBER, "decimals": 2, "suffix": " %"},
    "rupiah": {**_NUMBER, "decimals": 0, "number_style": "currency", "currency": "IDR"},
}


@dataclass(frozen=True, slots=True)
class Drawing:
    """One card of Metabase; several make up a card of ours that shows figures side by side."""

    suffix: str
    name: str
    heading: str
    hint: str | None
    display: str
    settings: Body
    width: int
    height: int


def drawings(card: Card) -> list[Drawing]:
    """What Metabase needs to show this card."""
    if card.display in ("headline", "figures"):
        return [_figure(card, column) for column in card.shown_columns]
    display = "table" if card.display == "moment" else card.display
    settings = _table(card) if display == "table" else _chart(card)
    height = SCALAR_HEIGHT if card.display == "moment" else CARD_HEIGHT * card.height
    return [Drawing("", card.title, card.title, card.note, display, settings, 2 * card.width, height)]


def _figure(card: Card, column: Column) -> Drawing:
    """Metabase has no card of several figures: each becomes a scalar over the same SQL."""
    count, width = len(card.shown_columns), 2 * card.width
    size = max(width // count, min(SCALAR_WIDTH, width))
    return Drawing(
        suffix=f"/{column.name}",
        name=f"{card.title}: {column.label}",
        heading=column.label,
        hint=column.hint,
        display="scalar",
        settings={"scalar.field": column.name, "column_settings": _column_settings([column])},
        width=min(size, GRID_COLUMNS),
        height=SCALAR_HEIGHT,
    )


def _column_settings(columns: list[Column]) -> Body:
    return {
        json.dumps(["name", column.name], separators=(",", ":")): {"column_title": column.label}
        | _FORMATS[column.format]
        for column in columns
    }


def _table(card: Card) -> Body:
    toned = [column for column in card.shown_columns if column.tone is not None]
    return {
        "table.columns": [{"name": column.name, "enabled": not column.is_hidden} for column in card.columns],
        "table.column_formatting": [_mark(column) for column in toned],
        "column_settings": _column_settings(list(card.columns)),
    }


def _mark(column: Column) -> Body:
    return {
        "columns": [column.name],
        "type": "single",
        "operator": ">",
        "value": 0,
        "color": TONES[column.tone or "netral"],
        "highlight_row": False,
    }


def _chart(card: Card) -> Body:
    if card.chart is None or card.chart.dimension is None:
        raise ValueError(f"{card.key}: a drawing needs a chart with a dimension")  # the lint names it before
    measures = card.chart.measures
    is_stacked = card.display == "row" and len(measures) > 1
    settings: dict[str, Any] = {
        "graph.dimensions": [card.chart.dimension],
        "graph.metrics": [measure.column for measure in measures],
        "graph.show_values": len(measures) == 1,
        "graph.x_axis.labels_enabled": False,
        "graph.y_axis.labels_enabled": False,
        "series_settings": {
            measure.column: {"title": card.column(measure.column).label, "color": TONES[measure.tone]}
            for measure in measures
        },
        "column_settings": _column_settings(list(card.columns)),
    }
    if is_stacked:
        settings["stackable.stack_type"] = "normalized"
    if card.display == "bar":
        # Working days stand side by side; a panel each, where the version knows it, keeps few alpa visible.
        settings |= {"graph.x_axis.scale": "ordinal", "graph.split_panels": True}
    return settings
