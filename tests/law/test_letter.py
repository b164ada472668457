"""Every cut, cap, trigger, susulan and open matter in Indonesian sentences, and the letter that a clerk prints."""

from __future__ import annotations

import re
from copy import deepcopy
from datetime import date, datetime
from decimal import Decimal
from html.parser import HTMLParser
from typing import Any

import pytest

from law.letter import letter
from law.telling import cap_in_words, cut_in_words, tell, trigger_in_words

pytestmark = pytest.mark.unit

PUNCH: dict[str, Any] = {
    "terminal_serial": "T-S", "terminal_label": "Setda-2", "punched_at_local": datetime(2017, 3, 21, 7, 42),
    "ordinal": 311, "channel": "terminal", "pull_id": 7, "is_judged": True,
}  # fmt: skip
PULL: dict[str, Any] = {
    "pull_id": 7, "terminal_serial": "T-S", "terminal_label": "Setda-2", "channel": "zk", "source": None,
    "started_at": datetime(2017, 4, 1, 8), "covers_until_local": datetime(2017, 4, 1, 8), "clock_drift_s": 3,
    "evidence_sha256": "ab" * 32,
}  # fmt: skip
OBJECTION: dict[str, Any] = {
    "objection_id": 4, "month": date(2017, 3, 1), "work_date": date(2017, 3, 21), "event_id": None,
    "deduction_id": None, "objection_text": "saya dinas luar", "filed_on": date(2017, 4, 3), "letter_no": "12/K",
    "deadline_date": date(2017, 4, 17), "state": "DIAJUKAN", "answer_text": None, "answered_by": None,
    "answered_role": None, "answer_letter_no": None, "answered_on": None,
}  # fmt: skip
CUT: dict[str, Any] = {
    "deduction_id": "D1", "work_date": date(2017, 3, 21), "shift_no": 1, "event_id": None, "matter": "terlambat",
    "code": "TL", "minutes": 12, "pct": Decimal("1.00"), "base_idr": Decimal(3000000), "amount_idr": Decimal(30000),
    "state": "DIHITUNG", "undecided_code": None, "regulation_code": "r", "regulation": "Perwal 3/2017",
    "rule_code": "r.terlambat.TL", "rule_status": "in_force", "is_payable": True, "legal_basis": "Pasal 9",
    "evidence": "T", "reason": "Terlambat 12 menit (masuk 07.42.00, jadwal 07.30); potongan 1 persen.",
    "base_name": None, "pct_total": Decimal(1), "priced_by": "pct", "candidates": None, "decision": None,
    "punches": [PUNCH], "pulls": [PULL], "pull": PULL, "evidence_sha256": "ab" * 32,
    "objections": [OBJECTION],
}  # fmt: skip
OPEN_CUT: dict[str, Any] = {
    **CUT, "deduction_id": "D2", "work_date": date(2017, 3, 22), "pct": None, "amount_idr": None,
    "state": "UNDECIDED", "undecided_code": "JAM_MESIN", "is_payable": False, "objections": [], "pull": None,
    "reason": "Terlambat 3 menit (masuk 07.33.10); jam mesin 240 detik lebih cepat, jadi belum diputuskan.",
}  # fmt: skip
CAP: dict[str, Any] = {
    "work_date": date(2017, 3, 21), "base_name": None, "pct": Decimal(3), "is_overridden": False,
    "undecided_count": 0, "regulation": "Perwal 3/2017", "sum_pct": Decimal(5), "max_pct": Decimal(3),
}  # fmt: skip
TRIGGER: dict[str, Any] = {
    "counter": "absent_days", "matter": "alpa", "code": None, "excuse_kind": None, "unit": "days", "quantity": 5,
    "effect": "set_base_pct", "base_name": "bagian_kehadiran",
    "pct": 100, "sanction": None, "rule_code": "p.pemicu.5", "legal_basis": "Pasal 14",
}  # fmt: skip
SUSULAN: dict[str, Any] = {
    "difference_payable_pct": Decimal(1), "difference_payable_idr": Decimal(30000),
    "difference_projected_pct": Decimal(0), "difference_projected_idr": Decimal(0), "difference_undecided_count": 0,
    "settled_payable_idr": Decimal(0), "due_payable_idr": Decimal(30000), "payment_month": date(2017, 4, 1),
    "causes": "penarikan 9 terminal Setda-2", "deductions": [CUT],
}  # fmt: skip
CORRECTION: dict[str, Any] = {
    "correction_id": 2, "work_date": date(2017, 3, 23), "what": "disowned", "stated_time": None,
    "terminal_serial": "T-S", "punched_at_local": datetime(2017, 3, 23, 7, 40), "reason": "rekaman orang lain",
    "decided_by": "Kepala Contoh", "role": "Kepala BKPP", "letter_no": "800/41", "decided_at": None,
    "withdrawn_by": None, "withdrawn_reason": None, "withdrawn_letter_no": None,
}  # fmt: skip
MONTH: dict[str, Any] = {
    "kind": "month", "month": "2017-03", "status": "BELUM_DIPUTUS", "minutes": {"late": 15, "early": 0},
    "employee": {
        "employee_id": "P1", "nip": "198609262015051001", "name": "Siti <script>alert(1)</script>", "kind": "PNS",
        "opd_code": "SETDA", "opd_name": "Sekretariat Daerah", "title": "Siti (NIP 1, PNS), Sekretariat Daerah",
    },
    "deductions": [CUT, OPEN_CUT], "caps": [CAP], "triggers": [TRIGGER], "corrections": [CORRECTION],
    "objections": [OBJECTION], "susulan": SUSULAN, "build_id": 8,
    "totals": {
        "base_idr": Decimal(3000000), "payable_pct": Decimal(1), "payable_idr": Decimal(30000),
        "projected_pct": Decimal(0), "projected_idr": Decimal(0), "payable_exact_idr": Decimal(30000),
        "projected_exact_idr": 0, "undecided_count": 1, "incomplete_day_count": 1, "alpa_day_count": 0,
        "candidates": [Decimal(2), Decimal(3)], "reason": None,
    },
    "closing": {
        "state": "CLOSED", "changed_at": datetime(2017, 4, 3, 9), "decided_by": "Sekda Contoh",
        "role": "Sekretaris Daerah", "letter_no": "800/77", "frozen_id": 5,
    },
    "incomplete_days": [{"date": date(2017, 3, 24), "reason": "Terminal Setda-2 belum terbaca"}],
}  # fmt: skip

SENTENCES = [
    "Terlambat 12 menit (07.42.00, terminal Setda-2, rekaman ke-311) -> TL 1 % TPP (Perwal 3/2017) = Rp30.000.",
    "Terlambat 3 menit (07.42.00, terminal Setda-2, rekaman ke-311) -> belum diputuskan (Perwal 3/2017).",
    "jam mesin 240 detik lebih cepat, jadi belum diputuskan.",
    "potongan hari itu berjumlah 5 % dan yang dipotong hanya yang terbesar menurut Perwal 3/2017: 3 % TPP.",
    "Dalam sebulan alpa 5 hari: potongannya menjadi 100 % bagian kehadiran (Pasal 14; aturan p.pemicu.5).",
    "Menurut bacaannya, sebulan 2 % atau 3 %; belum diputuskan mana yang berlaku.",
    "Susulan (tidak mengubah yang ditutup): yang berlaku Rp30.000, proyeksi Rp0. Sebabnya: penarikan 9 terminal"
    " Setda-2. Dibayar bersama April 2017: Rp30.000.",
    "Koreksi 2, 23-03-2017: rekaman 07.40.00 di T-S disangkal, karena rekaman orang lain (Kepala Contoh, Kepala BKPP,"
    " surat 800/41).",
    "Keberatan 4 (03-04-2017, surat 12/K): saya dinas luar - DIAJUKAN, dijawab paling lambat 17-04-2017.",
    "Ditutup 03-04-2017 09.00 oleh Sekda Contoh (Sekretaris Daerah), surat 800/77.",
    "Di luar jumlah itu: 1 potongan belum diputuskan, 1 hari belum lengkap datanya.",
]


class _Words(HTMLParser):
    """The visible text, and each tag with its attributes."""

    def __init__(self) -> None:
        super().__init__()
        self.text: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text.append(data)


def read(html: str) -> tuple[str, list[tuple[str, dict[str, str | None]]]]:
    words = _Words()
    words.feed(html)
    return " ".join(" ".join(words.text).split()), words.tags


@pytest.mark.parametrize("sentence", SENTENCES)
def test_the_text_and_the_letter_say_the_same_sentences(sentence: str) -> None:
    assert sentence in " ".join(tell(deepcopy(MONTH)).split())
    assert sentence in read(letter(deepcopy(MONTH)))[0]


def test_the_letter_is_one_page_of_its_own_and_takes_no_markup_from_data() -> None:
    html = letter(MONTH)

    text, tags = read(html)

    assert "Siti <script>alert(1)</script>" in text
    assert not {"script", "link", "img", "iframe"} & {tag for tag, _ in tags}
    assert not re.search(r"https?:|url\(|@import", html)
    assert "size: A4" in html
    assert ("html", {"lang": "id"}) in tags
    assert letter(MONTH) == html


def test_a_day_is_a_letter_too() -> None:
    day = {
        **{key: MONTH[key] for key in ("employee", "deductions", "caps", "corrections", "objections", "build_id")},
        "kind": "day", "date": date(2017, 3, 21), "status": ["HADIR", "TERLAMBAT"], "reason": "Terlambat 12 menit.",
    }  # fmt: skip

    text, _ = read(letter(day))

    assert "Selasa, 21 Maret 2017" in text
    assert "HADIR, TERLAMBAT" in text
    assert "Susulan" not in text


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"pct": Decimal(4)}, "dibatasi"),
        ({"pct": Decimal(6), "max_pct": Decimal(3)}, "digabung"),
        ({"is_overridden": True}, "hukuman yang ditetapkan pimpinan, 3 % TPP, menggantikan"),
        ({"base_name": "bagian kehadiran"}, "3 % bagian kehadiran"),
    ],
)
def test_a_day_that_is_not_the_sum_says_why(changed: dict[str, Any], words: str) -> None:
    assert words in cap_in_words({**CAP, **changed})


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"code": "berturut"}, "Dalam sebulan alpa 5 hari berturut-turut:"),
        ({"matter": "terlambat", "unit": "count", "code": "2"}, "Dalam sebulan terlambat 5 kali (golongan 2):"),
        ({"matter": None, "excuse_kind": "cuti_sakit"}, "Dalam sebulan cuti sakit 5 hari:"),
        ({"matter": None}, "Dalam sebulan absent_days = 5:"),
    ],
)
def test_a_count_is_told_in_words(changed: dict[str, Any], words: str) -> None:
    assert words in trigger_in_words({**TRIGGER, **changed})


def test_a_sanction_that_a_count_sets_off_is_named() -> None:
    sanction = {**TRIGGER, "effect": "sanction", "sanction": "teguran lisan", "pct": None, "base_name": None}
    assert "dijatuhi teguran lisan" in trigger_in_words(sanction)


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"base_name": "bagian_kehadiran"}, "-> TL 1 % bagian kehadiran (Perwal 3/2017) = Rp30.000."),
        ({"base_name": "tpp_total"}, "-> TL 1 % TPP (Perwal 3/2017) = Rp30.000."),
        ({"pct": None, "priced_by": "idr"}, "-> TL (Perwal 3/2017) = Rp30.000."),
        (
            {"pct": None, "amount_idr": None, "state": "UNDECIDED", "candidates": [Decimal(1), Decimal("1.5")]},
            "-> belum diputuskan, 1 % atau 1,5 % TPP (Perwal 3/2017).",
        ),
    ],
)
def test_a_cut_names_its_base_its_rupiah_or_its_readings(changed: dict[str, Any], words: str) -> None:
    assert cut_in_words({**CUT, **changed}).endswith(words)
