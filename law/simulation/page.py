"""A simulation as one page that stands by itself: no script, no font, no picture from elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from law.simulation.run import Simulation
from law.simulation.told import rupiah, signed

TEMPLATE: Final = "page.html"
MOST_OFFICES: Final = 30  # a plot with more bars than that cannot be read
WIDTH: Final = 640
MORE, LESS, BEFORE, AFTER = "#b3261e", "#0f5c6e", "#8a949b", "#c77700"
FONT: Final = "Arial, Liberation Sans, sans-serif"
_NUMBERS: Final = {"decimal": ",", "thousands": ".", "grouping": [3], "currency": ["Rp", ""]}


def write_page(simulation: Simulation, path: Path) -> None:
    """Writes the HTML file."""
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent), undefined=StrictUndefined, autoescape=True,
        trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip
    environment.filters |= {"rupiah": rupiah, "signed": signed}
    page = environment.get_template(TEMPLATE).render(
        simulation=simulation,
        offices_plot=_drawn(_offices(simulation)),
        matters_plot=_drawn(_matters(simulation)),
        people_plot=_drawn(_people(simulation)),
    )
    path.write_text(page, encoding="utf-8")


def _drawn(spec: dict[str, Any]) -> Markup:
    import vl_convert  # draws with an engine of 40 MB

    return Markup(vl_convert.vegalite_to_svg(spec, format_locale=_NUMBERS, allowed_base_urls=[]))  # noqa: S704 - ours


def _spec(rows: Sequence[dict[str, Any]], mark: dict[str, Any], encoding: dict[str, Any]) -> dict[str, Any]:
    return {
        "$schema": "https://vega.github.io/schema/vega-lite/v5.json",
        "width": WIDTH,
        "data": {"values": list(rows)},
        "mark": mark,
        "encoding": encoding,
        "config": {"font": FONT, "view": {"stroke": None}, "axis": {"labelLimit": 220, "grid": False}},
    }


def _offices(simulation: Simulation) -> dict[str, Any]:
    """By how many million rupiah the draft changes each office, the most changed ones where there are many."""
    changed = sorted(simulation.offices, key=lambda office: -abs(office.change_idr))[:MOST_OFFICES]
    rows = [{"kantor": office.name, "juta": _million(office.change_idr)} for office in changed]
    return _spec(rows, {"type": "bar", "size": 14}, {
        "y": {"field": "kantor", "type": "nominal", "title": None, "sort": {"field": "juta", "order": "descending"}},
        "x": {"field": "juta", "type": "quantitative", "title": "selisih, juta rupiah"},
        "color": {"condition": {"test": "datum.juta > 0", "value": MORE}, "value": LESS},
    })  # fmt: skip


def _matters(simulation: Simulation) -> dict[str, Any]:
    """How many cuts there are of each kind, by either rule."""
    rows = [
        {"perkara": one.matter.replace("_", " "), "aturan": rule, "jumlah": count}
        for one in simulation.matters
        for rule, count in (("berlaku", one.before_count), ("rancangan", one.after_count))
    ]
    return _spec(rows, {"type": "bar"}, {
        "y": {"field": "perkara", "type": "nominal", "title": None},
        "yOffset": {"field": "aturan"},
        "x": {"field": "jumlah", "type": "quantitative", "title": "jumlah potongan"},
        "color": {"field": "aturan", "type": "nominal", "title": None,
                  "scale": {"domain": ["berlaku", "rancangan"], "range": [BEFORE, AFTER]}},
    })  # fmt: skip


def _people(simulation: Simulation) -> dict[str, Any]:
    """How many people are changed by how much."""
    rows = [{"ribu": float(one.change_idr / 1000)} for one in simulation.people if one.change_idr != 0]
    return _spec(rows, {"type": "bar", "color": LESS}, {
        "x": {"field": "ribu", "type": "quantitative", "bin": {"maxbins": 30},
              "title": "selisih per orang, ribu rupiah"},
        "y": {"aggregate": "count", "type": "quantitative", "title": "orang"},
    })  # fmt: skip


def _million(amount: Decimal) -> float:
    return float(amount / 1_000_000)
