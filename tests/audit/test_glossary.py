"""Every word that a status, a reason or an excuse shows has its entry, and the page is made from the entries."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import pytest

from audit.glossary import PAGE, Term, glossary_text, read_terms

pytestmark = pytest.mark.unit
DBT = Path(__file__).parents[2] / "dbt_project"
ENGLISH = {"CLOSED", "DOUBLE_PUNCH_AS_OUT", "LOCKED", "OPEN", "PUNCH_OUTSIDE_WINDOW"}


def words_of_the_marts() -> set[str]:
    models = "".join(path.read_text() for path in (DBT / "models").rglob("*.sql"))
    words = {word for word in re.findall(r"'([A-Z][A-Z_]{3,})'", models) if not word.endswith("_")}
    with (DBT / "seeds" / "regulation" / "excuse_kinds.csv").open(encoding="utf-8") as file:
        words |= {row["status"] for row in csv.DictReader(file) if row["status"]}
    return words - ENGLISH


def missing(terms: list[Term]) -> set[str]:
    known = {term.word.upper() for term in terms}
    return {word for word in words_of_the_marts() if word not in known}


def test_every_word_of_the_marts_is_in_the_glossary() -> None:
    assert missing(read_terms()) == set()


def test_a_word_without_entry_is_found() -> None:
    assert missing([term for term in read_terms() if term.word != "alpa"]) == {"ALPA"}


def test_the_page_is_made_from_the_entries() -> None:
    terms = read_terms()
    assert PAGE.read_text(encoding="utf-8") == glossary_text(terms)
    assert len({term.word for term in terms}) == len(terms)
