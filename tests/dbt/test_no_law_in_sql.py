"""No SQL of the project knows a regulation or a rate: the law stands in dated seeds, SQL only applies it.

Looks at every model, macro and test. What computes cuts is looked at more closely, number by number, in
test_deductions_law.py.
"""

from __future__ import annotations

import csv
import re

import pytest

from warehouse.claim import DBT_PROJECT

SQL = sorted(path for folder in ("models", "macros", "tests") for path in (DBT_PROJECT / folder).rglob("*.sql"))
_KINDS = re.compile(r"\b(perwal|perwali|permentan|permenpan|perpres|perbup|perda|keppres|peraturan)\b", re.IGNORECASE)
_PERCENT = re.compile(r"\b\d+(?:[.,]\d+)?\s*(?:%|persen\b|percent\b)", re.IGNORECASE)
_DECIMAL = re.compile(r"(?<![\w.])\d+\.\d+(?![\w.])")
_RATE = re.compile(r"\d+(?:\.\d+)?\s+as\s+\w*(?:pct|rate|tarif)\w*|\b\w*(?:pct|rate|tarif)\b\s*(?:=|\*)\s*[1-9]", re.I)


def regulation_codes() -> set[str]:
    with (DBT_PROJECT / "seeds" / "regulation" / "regulations.csv").open(encoding="utf-8", newline="") as file:
        return {row["regulation_code"] for row in csv.DictReader(file) if row["level"] != "ketentuan rumah"}


def law_in(sql: str, codes: set[str]) -> list[str]:
    """Regulations named, comments included, and percentages or rates; the planner's settings of a config() are none."""
    body = re.sub(r"\A\s*\{\{\s*config\(.*?\)\s*\}\}", " ", sql, flags=re.DOTALL)
    named = [code for code in sorted(codes) if code in sql.lower()]
    found = [match.group() for search in (_KINDS, _PERCENT) for match in search.finditer(sql)]
    return named + found + [match.group() for search in (_DECIMAL, _RATE) for match in search.finditer(body)]


@pytest.mark.unit
def test_no_sql_of_the_project_names_a_regulation_or_holds_a_percentage() -> None:
    codes = regulation_codes()
    found = {str(path.relative_to(DBT_PROJECT)): law_in(path.read_text(encoding="utf-8"), codes) for path in SQL}

    assert len(found) > 40
    assert {name: laws for name, laws in found.items() if laws} == {}


@pytest.mark.unit
@pytest.mark.parametrize(
    "sql",
    [
        "select * from rules where regulation_code = 'cilegon_perwal_3_2017'",
        "-- menurut Perwal 3/2017\nselect 1",
        "select base_idr * 0.05 as amount from tpp",
        "select 5 as pct",
        "select * from rules where pct = 5",
        "select 'potong 5 persen' as reason",
        "select '1 %' as reason",
        "{{ config(materialized='table') }}\nselect 2.5::numeric as cut",
    ],
)
def test_a_law_in_sql_is_seen(sql: str) -> None:
    assert law_in(sql, regulation_codes())


@pytest.mark.unit
@pytest.mark.parametrize(
    "sql",
    ["select 100 * count(*) / 7 as share", "{{ config(pre_hook='set local x = 0.001') }}\nselect rules.pct from rules"],
)
def test_plain_arithmetic_is_no_law(sql: str) -> None:
    assert law_in(sql, regulation_codes()) == []
