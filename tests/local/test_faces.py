"""What the demo says of its faces: shares of something, and no share of nothing."""

from __future__ import annotations

import pytest

from local.faces import FaceScore

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    ("score", "words"),
    [
        (FaceScore(152, 6, 7, 5, 5 / 7, 5 / 6), "titip absen 5 dari 6 ditemukan (presisi 0,71, recall 0,83)"),
        (FaceScore(10, 0, 0, 0, None, None), "titip absen 0 dari 0 ditemukan (presisi tidak ada, recall tidak ada)"),
    ],
)
def test_a_share_of_nothing_is_not_a_number(score: FaceScore, words: str) -> None:
    assert words in score.text()
