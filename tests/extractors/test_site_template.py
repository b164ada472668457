"""`hadir site init`: an empty folder that loads, examples that are right, and a document that is the same text."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from extractors.site.files import REGULATION, ROW_MODELS, fields_of, file_of
from extractors.site.template import GUIDE, example, guide, init_site
from extractors.site.validate import known_excuse_kinds
from warehouse.settings import PROJECT_DIR

if TYPE_CHECKING:
    from tests.extractors.conftest import SiteFolder

DOCUMENT = PROJECT_DIR / "docs" / "site_folder.md"


@pytest.mark.unit
def test_the_document_is_the_text_of_init(tmp_path: Path) -> None:
    init_site(tmp_path)

    assert DOCUMENT.read_text(encoding="utf-8") == (tmp_path / GUIDE).read_text(encoding="utf-8")


@pytest.mark.unit
def test_twin_a_new_column_would_change_the_document(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(ROW_MODELS, "opd", ROW_MODELS["tpp"])

    assert DOCUMENT.read_text(encoding="utf-8") != guide()


@pytest.mark.unit
def test_every_column_is_explained_in_the_guide() -> None:
    sections = guide().split("\n## ")

    for table, model in ROW_MODELS.items():
        [section] = [text for text in sections if text.startswith(f"{file_of(table)}\n")]
        assert model.__doc__ is not None
        for column, field in fields_of(table).items():
            assert field.description
            assert f"| `{column}` |" in section


@pytest.mark.unit
def test_init_twice_changes_nothing_and_touches_no_file_of_the_office(tmp_path: Path) -> None:
    (tmp_path / "OPD.xlsx").write_bytes(b"of the office")

    first = init_site(tmp_path)
    before = {path: path.read_bytes() for path in tmp_path.rglob("*.*")}
    second = init_site(tmp_path)

    assert "opd.csv" in first.kept
    assert len(first.written) == len(ROW_MODELS)  # 14 files and the guide
    assert second.written == ()
    assert {path: path.read_bytes() for path in tmp_path.rglob("*.*")} == before


@pytest.mark.db
def test_an_untouched_folder_loads_as_empty(site: SiteFolder) -> None:
    init_site(site.folder)

    report = site.load_as_is()

    assert (report.loaded, report.refused, report.is_new) == (0, (), True)


@pytest.mark.db
def test_the_example_rows_are_a_city_that_loads(site: SiteFolder) -> None:
    (site.folder / REGULATION).mkdir(parents=True)
    for table in ROW_MODELS:
        (site.folder / f"{file_of(table)}.csv").write_text(example(table).replace("\n#", "\n"), encoding="utf-8")

    report = site.load_as_is()

    assert report.refused == ()
    assert report.loaded == len(ROW_MODELS)


@pytest.mark.unit
def test_the_kinds_of_excuses_come_from_the_seed_of_the_law(tmp_path: Path) -> None:
    seed = tmp_path / "excuse_kinds.csv"
    seed.write_text("excuse_kind,needs_letter\nsakit,true\nmangkir,false\n", encoding="utf-8")

    known = known_excuse_kinds(seed)

    assert set(known.values()) == {frozenset({"sakit", "mangkir"}), frozenset({"sakit"})}
