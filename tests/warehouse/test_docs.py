"""The auditors' docs: one file, nothing outside of it, every mart described in it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from warehouse.docs import build_docs

if TYPE_CHECKING:
    from warehouse.settings import Settings

pytestmark = pytest.mark.dbt


def test_the_docs_are_one_file_that_loads_nothing_else(warehouse_db: Settings) -> None:
    path = build_docs(warehouse_db)

    html = path.read_text(encoding="utf-8")
    assert path == warehouse_db.docs_dir / "index.html"
    assert "fct_monthly_deductions" in html
    assert "dibulatkan sekali, setengah ke atas" in html
    assert re.findall(r"<(?:script|link|img|iframe)\b[^>]*\b(?:src|href)=[\"']?https?://[^>]*", html) == []
