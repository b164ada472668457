"""The charts of a card as SVG text: altair describes, vl-convert draws, nothing is fetched and no script remains."""

from __future__ import annotations

import json
import re
import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from html import escape
from typing import Any, Final

from dashboards.definition import Card, Chart, Measure, Tone
from dashboards.wording import D3_NUMBERS, MONTHS, shown

Row = Mapping[str, Any]

# Meaning by colour family: teal is accounted for, pale grey waits, red and amber are adverse, slate is unknown.
# Slate is hatched on the page as well, so that "no data" is told from "present" without colours.
TONES: Final[dict[Tone, str]] = {
    "hadir": "#0f5c6e",
    "menunggu": "#cfd9dd",
    "izin": "#74b0bd",
    "alpa": "#b3261e",
    "kosong": "#5f656d",
    "terlambat": "#c77700",
    "netral": "#8a949b",
}
HATCH_ID: Final = "tanpa-data"
INK: Final = "#16262d"
FIRST_LABEL_DAYS: Final = 4  # fewer days than a label is wide
GRID: Final = "#e3e6e4"
QUIET: Final = "#56656d"
FONT: Final = "Arial, Liberation Sans, sans-serif"


@dataclass(frozen=True, slots=True)
class Sheet:
    """The paper of one drawing, in px; on a narrow one the names stand above their bars."""

    width: int
    is_narrow: bool
    font_size: int
    name_size: int
    name_letters: int
    name_room: int
    step: int
    bar_size: int
    bar_offset: int
    name_offset: int
    panel_height: int


PHONE: Final = Sheet(
    width=326,
    is_narrow=True,
    font_size=13,
    name_size=12,
    name_letters=60,
    name_room=0,
    step=46,
    bar_size=15,
    bar_offset=9,
    name_offset=-10,
    panel_height=58,
)


def sheet_for(card: Card) -> Sheet:
    """A wide drawing has about the size that the card has on a screen of 1500 px; the browser scales it."""
    return Sheet(
        width=118 * card.width - 48,
        is_narrow=False,
        font_size=14,
        name_size=13,
        name_letters=32,
        name_room=236,
        step=33,
        bar_size=19,
        bar_offset=0,
        name_offset=0,
        panel_height=64,
    )


def wall_sheet_for(card: Card) -> Sheet:
    """On a wall a card has less height than it asks for: wider paper fills it with letters of the same size."""
    sheet = sheet_for(card)
    return replace(sheet, width=round(1.15 * sheet.width), font_size=16, name_size=15, name_letters=44, name_room=340)


def live_measures(card: Card, rows: Sequence[Row]) -> tuple[Measure, ...]:
    """The measures with something to show: a legend without entries that occur nowhere."""
    if card.chart is None:
        return ()
    living = tuple(m for m in card.chart.measures if any(row[m.column] for row in rows))
    return living or card.chart.measures[:1]


def draw(card: Card, rows: Sequence[Row], sheet: Sheet, today: date) -> str:
    """One chart as an `<svg>` element that scales with its box.

    Args:
        card: with display `row` or `bar`.
        rows: the answer of the card's SQL, not empty.
        sheet: the paper.
        today: the date of as_of.
    """
    import vl_convert  # draws with an engine of 40 MB: only who renders pays for it

    spec = _days(card, rows, sheet) if card.display == "bar" else _rows(card, rows, sheet, today)
    svg = vl_convert.vegalite_to_svg(spec, format_locale=D3_NUMBERS, allowed_base_urls=[])
    return _embeddable(svg, card, f"{card.key}-{'sempit' if sheet.is_narrow else 'lebar'}")


def _embeddable(svg: str, card: Card, prefix: str) -> str:
    """Fits a drawing into the page: no fixed size, ids of its own, a name for screen readers, hatched slate."""
    head, body = svg.split(">", 1)
    view = "".join(re.findall(r'viewBox="[^"]*"', head))
    body = re.sub(r'\bid="', f'id="{prefix}-', body)
    body = body.replace("url(#", f"url(#{prefix}-")
    body = body.replace(f'fill="{TONES["kosong"]}"', f'fill="url(#{HATCH_ID})"')
    return f'<svg xmlns="http://www.w3.org/2000/svg" {view} role="img" aria-label="{escape(card.title)}">{body}'


def _configured(chart: Any, sheet: Sheet) -> dict[str, Any]:
    configured = (
        chart.configure(font=FONT, background="transparent", padding={"left": 2, "right": 2, "top": 4, "bottom": 2})
        .configure_view(stroke=None)
        .configure_axis(
            labelFontSize=sheet.font_size, labelColor=INK, domain=False, ticks=False, grid=False, title=None
        )
    )
    return dict(configured.to_dict())


def _inline(values: Sequence[Mapping[str, Any]]) -> Any:
    import altair as alt

    data: Any = alt.Data  # altair leaves this constructor untyped
    return data(values=list(values))


def _values(card: Card, rows: Sequence[Row], names: Sequence[str]) -> list[dict[str, Any]]:
    return [
        {"name": name, "value": float(row[m.column] or 0), "rank": rank, "tone": TONES[m.tone]}
        for name, row in zip(names, rows, strict=True)
        for rank, m in enumerate(live_measures(card, rows))
    ]


def _captions(card: Card, chart: Chart, rows: Sequence[Row], names: Sequence[str], today: date) -> list[dict[str, str]]:
    column = card.column(chart.caption or chart.measures[0].column)
    return [
        {"name": name, "text": shown(row[column.name], column.format, today)}
        for name, row in zip(names, rows, strict=True)
    ]


def _rows(card: Card, rows: Sequence[Row], sheet: Sheet, today: date) -> dict[str, Any]:
    import altair as alt

    chart, dimension = _drawn(card)
    names = ["\n".join(textwrap.wrap(str(row[dimension]), sheet.name_letters)) for row in rows]
    captions = _captions(card, chart, rows, names, today)
    caption_room = max(len(caption["text"]) for caption in captions) * sheet.font_size * 0.56 + 10
    bar_width = sheet.width - sheet.name_room - caption_room
    is_stacked = len(chart.measures) > 1
    y = alt.Y("name:N", sort=None, axis=None)
    x = alt.X(
        "value:Q",
        stack="normalize" if is_stacked else None,
        axis=None,
        scale=alt.Scale(domain=[0, 1]) if is_stacked else alt.Scale(domainMin=0, nice=False),
    )
    bars = (
        alt.Chart(_inline(_values(card, rows, names)))
        .mark_bar(size=sheet.bar_size, yOffset=sheet.bar_offset, stroke="white", strokeWidth=1 if is_stacked else 0)
        .encode(y=y, x=x, order=alt.Order("rank:Q"), color=alt.Color("tone:N", scale=None))
    )
    texts = alt.Chart(_inline(captions)).encode(y=y)
    ends = texts.mark_text(align="right", color=INK, fontSize=sheet.font_size, yOffset=sheet.bar_offset)
    layers = [bars, ends.encode(x=alt.value(bar_width + caption_room), text="text:N"), *_name_layers(texts, sheet)]
    return _configured(alt.layer(*layers).properties(width=bar_width, height=alt.Step(sheet.step)), sheet)


def _name_layers(texts: Any, sheet: Sheet) -> list[Any]:
    """Names begin at the card's edge; one of two lines is lifted so that it stays centred on its bar."""
    import altair as alt

    return [
        texts.transform_filter(f"length(split(datum.name, '\\n')) === {line_count}")
        .mark_text(
            align="left",
            color=INK,
            fontSize=sheet.name_size,
            yOffset=sheet.name_offset + lift,
            lineBreak="\n",
            lineHeight=14,
            limit=sheet.name_room or sheet.width,
        )
        .encode(x=alt.value(-sheet.name_room), text="name:N")
        for line_count, lift in ((1, 0), (2, -7), (3, -14))
    ]


def _days(card: Card, rows: Sequence[Row], sheet: Sheet) -> dict[str, Any]:
    """One panel per measure, each with its own scale: a few alpa must not vanish beneath a hundred late."""
    import altair as alt

    _, dimension = _drawn(card)
    days: list[date] = [row[dimension] for row in rows]
    # Working days stand side by side: a weekend is no gap in the work.
    values = _values(card, rows, [day.isoformat() for day in days])
    measures = live_measures(card, rows)
    panels = [
        _panel(card, measure, values[rank :: len(measures)], sheet).encode(
            x=alt.X(
                "name:O", axis=_day_axis(days, labels=rank == len(measures) - 1), scale=alt.Scale(paddingInner=0.25)
            )
        )
        for rank, measure in enumerate(measures)
    ]
    return _configured(alt.vconcat(*panels, spacing=10), sheet)


def _panel(card: Card, measure: Measure, values: Sequence[Mapping[str, Any]], sheet: Sheet) -> Any:
    import altair as alt

    axis = alt.Axis(
        tickCount=2, format=",d", tickMinStep=1, grid=True, gridColor=GRID, labelColor=QUIET, labelPadding=8
    )
    title = alt.TitleParams(
        card.column(measure.column).label,
        anchor="start",
        frame="group",
        fontSize=sheet.font_size,
        fontWeight="bold",
        color=INK,
        offset=6,
    )
    return (
        alt.Chart(_inline(values))
        .mark_bar(color=TONES[measure.tone])
        .encode(y=alt.Y("value:Q", axis=axis, scale=alt.Scale(domainMin=0)))
        .properties(width=sheet.width - 46, height=sheet.panel_height, title=title)
    )


def _day_axis(days: Sequence[date], *, labels: bool) -> Any:
    import altair as alt

    return alt.Axis(
        values=_named_days(days),
        labelAngle=0,
        labelAlign="left",
        labelOffset=-6,
        labelPadding=6,
        labelExpr=_day_labels(days),
        labelOverlap=False,
        labels=labels,
    )


def _drawn(card: Card) -> tuple[Chart, str]:
    if card.chart is None or card.chart.dimension is None:
        raise ValueError(f"{card.key}: a drawing needs a chart with a dimension")
    return card.chart, card.chart.dimension


def _named_days(days: Sequence[date]) -> list[str]:
    """The first day of each week: one label a week is enough to find oneself; a short first week has none."""
    weeks = [day.isocalendar()[:2] for day in days]
    begins = [place for place, week in enumerate(weeks) if place == 0 or weeks[place - 1] != week]
    if len(begins) > 1 and begins[1] < FIRST_LABEL_DAYS:
        begins = begins[1:]
    return [days[place].isoformat() for place in begins]


def _day_labels(days: Sequence[date]) -> str:
    texts = json.dumps({day.isoformat(): f"{day.day} {MONTHS[day.month - 1][:3]}" for day in days})
    return f"({texts})[datum.value]"
