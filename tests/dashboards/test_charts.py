"""Drawings: every row is drawn and named, colours follow the meaning, nothing is fetched, odd data do no harm."""

from __future__ import annotations

import re
from datetime import date, timedelta

import pytest
import vl_convert

from dashboards.charts import HATCH_ID, PHONE, TONES, draw, live_measures, sheet_for
from dashboards.definition import read_dashboards

pytestmark = pytest.mark.unit
TODAY = date(2017, 3, 31)


def card(key):
    return next(card for card in read_dashboards()[0].cards if card.key == key)


def office(name, **counts):
    empty = dict.fromkeys(("arrived_count", "not_due_count", "excused_count", "alpa_count", "no_data_count"), 0)
    return {"opd_name": name, "arrived_of_expected": "3 dari 9", **empty, **counts}


def texts(svg):
    return re.findall(r"<text[^>]*>([^<]+)</text>|<tspan[^>]*>([^<]+)</tspan>", svg)


@pytest.mark.parametrize("sheet", [PHONE, sheet_for(card("presence_by_opd"))])
def test_every_office_is_drawn_and_named(sheet):
    rows = [office("Inspektorat", arrived_count=3, alpa_count=6), office("Dinas Kesehatan", no_data_count=9)]
    svg = draw(card("presence_by_opd"), rows, sheet, TODAY)
    assert "Inspektorat" in svg
    assert "Dinas Kesehatan" in svg
    assert svg.count("3 dari 9") >= 2
    assert TONES["hadir"] in svg
    assert TONES["alpa"] in svg
    assert TONES["izin"] not in svg  # occurs nowhere: neither drawn nor in the legend
    assert f"url(#{HATCH_ID})" in svg
    assert "style=" not in svg


def test_the_legend_names_what_occurs_and_at_least_one():
    presence = card("presence_by_opd")
    assert [m.tone for m in live_measures(presence, [office("A", arrived_count=1, alpa_count=1)])] == ["hadir", "alpa"]
    assert [m.tone for m in live_measures(presence, [office("A")])] == ["hadir"]


def test_only_zeros_still_draw():
    assert "Inspektorat" in draw(card("presence_by_opd"), [office("Inspektorat")], PHONE, TODAY)


def test_names_are_escaped():
    svg = draw(card("presence_by_opd"), [office("<b>&", arrived_count=1)], PHONE, TODAY)
    assert "<b>" not in svg
    assert "&lt;b&gt;&amp;" in svg


def test_days_have_a_panel_per_measure_and_a_label_per_week():
    days = [date(2017, 3, 6) + timedelta(days=n) for n in (0, 1, 2, 3, 4, 7, 8)]
    rows = [{"work_date": day, "late_count": 90, "alpa_count": 2, "incomplete_count": 0} for day in days]
    svg = draw(card("daily_trend"), rows, sheet_for(card("daily_trend")), TODAY)
    words = {a or b for a, b in texts(svg)}
    assert {"Terlambat", "Alpa", "6 Mar", "13 Mar"} <= words
    assert "Data belum lengkap" not in words
    assert "7 Mar" not in words


def test_an_address_in_a_specification_is_not_followed():
    # draw() lets vl-convert fetch from nowhere; this is what that setting does to a picture by address
    specification = {"data": {"url": "http://jahat.example/x.csv"}, "mark": "bar", "encoding": {}}
    with pytest.raises(ValueError, match=r"not allowed|denied|base"):
        vl_convert.vegalite_to_svg(specification, allowed_base_urls=[])
