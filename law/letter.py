"""The explanation as a letter that a clerk prints: one HTML page on A4, with nothing outside of it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from law.telling import (
    EVIDENCE_WORDS,
    cap_in_words,
    closing_in_words,
    correction_in_words,
    cut_in_words,
    day_in_words,
    month_in_words,
    objection_in_words,
    rupiah,
    state_in_words,
    sums_in_words,
    susulan_in_words,
    trigger_in_words,
)

Row = dict[str, Any]

_TEMPLATES: Final = Path(__file__).parent / "templates"


def letter(payload: Row) -> str:
    """The HTML of what `law.explain.explain` returned, for a day or a month."""
    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES), autoescape=True, undefined=StrictUndefined, trim_blocks=True,
        lstrip_blocks=True,
    )  # fmt: skip
    is_month = payload["kind"] == "month"
    return environment.get_template("letter.html.j2").render(
        person=payload["employee"],
        period=month_in_words(payload["month"]) if is_month else day_in_words(payload["date"]),
        status=state_in_words(payload["status"]) if is_month else ", ".join(payload["status"]),
        opening=[*closing_in_words(payload["closing"])] if is_month else [payload["reason"]],
        base=rupiah(payload["totals"]["base_idr"]) if is_month else None,
        cuts=[_cut(cut) for cut in payload["deductions"]],
        sums=[*sums_in_words(payload["totals"])] if is_month else [],
        sections=[section for section in _sections(payload, is_month=is_month) if section[1]],
        late=[_cut(cut) for cut in payload["susulan"]["deductions"]] if is_month and payload["susulan"] else [],
        pulls=[(pull["pull_id"], pull["terminal_label"] or pull["terminal_serial"], pull["evidence_sha256"])
               for pull in _pulls(payload)],
        build_id=payload["build_id"],
    )  # fmt: skip


def _cut(cut: Row) -> Row:
    return {
        "day": _short(cut["work_date"]),
        "words": cut_in_words(cut),
        "undecided": cut["reason"] if cut["undecided_code"] else None,
        "basis": cut["legal_basis"],
        "rule": f"{cut['rule_code']}; bukti {cut['evidence']} ({EVIDENCE_WORDS[cut['evidence']]})",
        "pull": cut["pull"]["pull_id"] if cut["pull"] else None,
        "amount": "belum diputuskan" if cut["state"] == "UNDECIDED" else rupiah(cut["amount_idr"]),
        "objections": [objection_in_words(one) for one in cut["objections"]],
    }


def _sections(payload: Row, *, is_month: bool) -> Iterable[tuple[str, list[str]]]:
    yield "Gabungan dan batas", [cap_in_words(cap) for cap in payload["caps"]]
    if is_month:
        yield "Yang dipicu hitungan sebulan", [trigger_in_words(trigger) for trigger in payload["triggers"]]
        yield (
            "Hari yang datanya belum lengkap",
            [f"{day_in_words(day['date'])}: {day['reason']}" for day in payload["incomplete_days"]],
        )
        yield "Susulan", [susulan_in_words(payload["susulan"])] if payload["susulan"] else []
    yield "Koreksi", [correction_in_words(correction) for correction in payload["corrections"]]
    # Those against a cut stand in its row.
    told = {one["objection_id"] for cut in payload["deductions"] for one in cut["objections"]}
    yield (
        "Keberatan",
        [objection_in_words(one) for one in payload["objections"] if one["objection_id"] not in told],
    )


def _pulls(payload: Row) -> list[Row]:
    """The readings behind the cuts, each once."""
    found = {pull["pull_id"]: pull for cut in payload["deductions"] for pull in cut["pulls"]}
    return [found[pull_id] for pull_id in sorted(found)]


def _short(day: date) -> str:
    return f"{day:%d-%m-%Y}"
