"""docs/glossary.md from docs/glossary.yml: the Indonesian words that regulations and offices define."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import yaml
from pydantic import BaseModel, ConfigDict, TypeAdapter

from warehouse.settings import PROJECT_DIR

SOURCE: Final = PROJECT_DIR / "docs" / "glossary.yml"
PAGE: Final = PROJECT_DIR / "docs" / "glossary.md"
HEAD: Final = """# Glossary

Code is English; a word that a regulation or an office defines keeps its Indonesian form. This page is made from
`glossary.yml` by `hadir audit glossary`.

| word | in English | source |
|---|---|---|
"""


class Term(BaseModel):
    """One word: what it means and who defines it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    word: str
    meaning: str
    source: str


def read_terms(path: Path = SOURCE) -> list[Term]:
    """All terms, in the order of their words."""
    terms = TypeAdapter(list[Term]).validate_python(yaml.safe_load(path.read_text(encoding="utf-8")))
    return sorted(terms, key=lambda term: term.word.lower())


def glossary_text(terms: list[Term]) -> str:
    """The page."""
    return HEAD + "".join(f"| {term.word} | {term.meaning} | {term.source} |\n" for term in terms)
