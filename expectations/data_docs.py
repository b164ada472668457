"""Data Docs: the gate's results as static pages that open without a server, with the newest runs on the first page.

They name no person: bad rows appear as pull and ordinal (`17:204`), at most SHOWN_IDS of them; who it is can be looked
up in the warehouse by those who may. The results behind the pages lie in var/gx_results.
"""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from html import escape
from pathlib import Path
from typing import Any, Final

from expectations.suites import RELATION_LABELS, RELATIONS, checks_of, suite
from expectations.validation import Validated, all_ids, make_context
from warehouse.settings import Settings

SHOWN_IDS: Final = 50
KEPT_RUNS: Final = 40
SITE: Final = "gerbang"
STYLE: Final = Path(__file__).with_suffix(".css")

FIRST_PAGE: Final = """<!DOCTYPE html>
<html lang="id">
<head>
<meta charset="UTF-8">
<meta name="viewport" content="width=device-width, initial-scale=1.0">
<title>hadir: gerbang data</title>
<style>
{style}</style>
</head>
<body>
<nav class="navbar"><span class="brand">hadir: gerbang data</span></nav>
<div class="container-fluid">
<p>Setiap rekaman yang mendarat diperiksa sekali sebelum dihitung. Rekaman yang meragukan ditahan dalam karantina;
karantina tidak pernah membuat alpa. Baris disebut dengan nomor penarikan dan urutannya, tanpa nama.</p>
<div class="ge-section scroll">
<table>
<thead><tr><th>Pemeriksaan</th><th>Saat</th><th>Yang diperiksa</th><th>Temuan</th></tr></thead>
<tbody>
{rows}
</tbody>
</table>
</div>
<p>Di sini {kept} pemeriksaan terakhir; yang lebih lama tercatat di basis data. Apa yang ditanyakan:</p>
<ul>
{questions}
</ul>
</div>
</body>
</html>
"""


def site_dir(settings: Settings) -> Path:
    """Folder of the pages; its index.html is the way in."""
    return settings.docs_dir / "gx"


def _results_dir(settings: Settings) -> Path:
    return settings.var_dir / "gx_results"


def run_name(run_id: int) -> str:
    """Name of a run on the pages; it sorts as the run ids do."""
    return f"pemeriksaan-{run_id:07d}"


def publish(settings: Settings, validated: Sequence[Validated], run_id: int, ran_at: datetime) -> Path:
    """Adds the pages of one run, forgets the runs before the newest KEPT_RUNS, and returns the first page.

    Cuts the lists of ids inside Great Expectations' results: whoever needs them all has to read them before.
    """
    _forget_before(settings, run_id - KEPT_RUNS + 1)
    context = _docs_context(settings)
    stored = [_store(context, one, run_id, ran_at) for one in validated]
    context.build_data_docs(
        resource_identifiers=[*stored, *(_suite_key(relation) for relation in RELATIONS)], build_index=False
    )
    site = site_dir(settings)
    for page in [*site.glob("expectations/*.html"), *site.glob(f"validations/*/{run_name(run_id)}/*/*.html")]:
        page.write_text(without_strangers(page.read_text(encoding="utf-8")), encoding="utf-8")
    index = site / "index.html"
    index.write_text(first_page(_runs(settings)), encoding="utf-8")
    return index


def without_strangers(html: str) -> str:
    """A page of Great Expectations without what it fetches from other servers (scripts, styles, fonts, a logo that
    counts visits, a newsletter), with our own style instead: it opens without a network and tells nobody."""
    html = re.sub(r"<script[^>]*\ssrc=.*?</script>", "", html, flags=re.DOTALL)
    html = re.sub(r"<script.*?</script>", "", html, flags=re.DOTALL)
    html = re.sub(r"<link[^>]*https?://[^>]*>", "", html)
    html = re.sub(r"<img[^>]*https?://[^>]*>", '<span class="brand">hadir: gerbang data</span>', html)
    html = re.sub(r"<footer>.*?</footer>", "", html, flags=re.DOTALL)
    html = re.sub(r"url\('https?://[^']*'\)", "none", html)
    html = re.sub(r'<a href="https?://[^"]*">(.*?)</a>', r"\1", html)
    return html.replace("</head>", f"<style>\n{STYLE.read_text(encoding='utf-8')}</style>\n</head>", 1)


@dataclass(frozen=True, slots=True)
class ShownResult:
    """One suite of one run, as the first page lists it; `page` is relative to the site."""

    run: str
    ran_at: str
    relation: str
    page: str
    failed: tuple[tuple[str, int], ...]


def _runs(settings: Settings) -> list[ShownResult]:
    """What is kept, the newest run first."""
    shown = []
    for path in sorted(_results_dir(settings).glob("*/pemeriksaan-*/*/*.json")):
        relation, run, moment = path.relative_to(_results_dir(settings)).parts[:3]
        found = {
            one["expectation_config"]["meta"]["code"]: int(one["result"].get("unexpected_count") or 0)
            for one in json.loads(path.read_text(encoding="utf-8"))["results"]
        }
        failed = tuple((check.label, found[check.code]) for check in checks_of(relation) if found.get(check.code))
        ran_at = datetime.strptime(moment, "%Y%m%dT%H%M%S.%fZ").replace(tzinfo=UTC).astimezone(settings.zone)
        page = f"validations/{relation}/{run}/{moment}/{relation}.html"
        shown.append(ShownResult(run, f"{ran_at:%Y-%m-%d %H:%M}", relation, page, failed))
    return sorted(shown, key=lambda one: (one.run, -RELATIONS.index(one.relation)), reverse=True)


def first_page(shown: Sequence[ShownResult]) -> str:
    """The list of runs as HTML, in Indonesian; Great Expectations' own needs scripts from other servers."""
    rows = "\n".join(
        f"<tr><td>{escape(one.run.removeprefix('pemeriksaan-').lstrip('0'))}</td><td>{escape(one.ran_at)}</td>"
        f'<td><a href="{escape(one.page)}">{escape(RELATION_LABELS[one.relation])}</a></td><td>{_found(one)}</td></tr>'
        for one in shown
    )
    questions = "\n".join(
        f'<li><a href="expectations/{escape(relation)}.html">{escape(RELATION_LABELS[relation])}</a></li>'
        for relation in RELATIONS
    )
    return FIRST_PAGE.format(style=STYLE.read_text(encoding="utf-8"), rows=rows, questions=questions, kept=KEPT_RUNS)


def _found(one: ShownResult) -> str:
    if not one.failed:
        return '<span class="text-success">&#10004; tanpa temuan</span>'
    return "<br>".join(f'<span class="text-danger">{count}</span> {escape(label)}' for label, count in one.failed)


def _docs_context(settings: Settings) -> Any:
    """A context whose validation results outlive the process, because the first page lists all that are kept."""
    from great_expectations.data_context.types.base import InMemoryStoreBackendDefaults

    stores = InMemoryStoreBackendDefaults(init_temp_docs_sites=False).stores
    stores["validation_results_store"] = {
        "class_name": "ValidationResultsStore",
        "store_backend": _folder("TupleFilesystemStoreBackend", _results_dir(settings)),
    }
    site = {
        "class_name": "SiteBuilder",
        "show_how_to_buttons": False,
        "store_backend": _folder("TupleFilesystemStoreBackend", site_dir(settings)),
        "site_index_builder": {"class_name": "DefaultSiteIndexBuilder"},
    }
    context = make_context(stores=stores, data_docs_sites={SITE: site})
    for relation in RELATIONS:
        context.suites.add(suite(relation))
    return context


def _folder(class_name: str, folder: Path) -> dict[str, str]:
    return {"class_name": class_name, "base_directory": str(folder.resolve())}


def _suite_key(relation: str) -> Any:
    from great_expectations.data_context.types.resource_identifiers import ExpectationSuiteIdentifier

    return ExpectationSuiteIdentifier(name=relation)


def _store(context: Any, one: Validated, run_id: int, ran_at: datetime) -> Any:
    from great_expectations.core.run_identifier import RunIdentifier
    from great_expectations.data_context.types.resource_identifiers import ValidationResultIdentifier

    run = RunIdentifier(run_name=run_name(run_id), run_time=ran_at)
    key = ValidationResultIdentifier(_suite_key(one.relation), run, one.relation)
    one.gx_result.meta["run_id"] = run
    for result in one.gx_result.results:
        _name_some(result.result, checks_of(one.relation)[0].row_id)
    context.validation_results_store.set(key, one.gx_result)
    return key


def _name_some(found: dict[str, Any], row_id: str) -> None:
    """Keeps the first row ids, in the place where Great Expectations' pages look for samples of bad values."""
    ids = all_ids(found.pop("unexpected_index_list", None) or [], row_id)
    found.pop("partial_unexpected_index_list", None)
    found["partial_unexpected_list"] = list(ids[:SHOWN_IDS])


def _forget_before(settings: Settings, first_kept: int) -> None:
    """Removes pages and results of older runs; the books of all runs stay in dq.check_runs."""
    for place in (site_dir(settings) / "validations", _results_dir(settings)):
        for folder in place.glob("*/pemeriksaan-*"):
            if folder.name < run_name(first_kept):
                shutil.rmtree(folder)
