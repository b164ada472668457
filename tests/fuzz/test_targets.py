"""Every decoder against any bytes, in the suite."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.fuzz.targets import TARGETS, play

pytestmark = pytest.mark.unit

SLOW = {"datagrams"}  # waits for answers that never come


@pytest.mark.parametrize("name", TARGETS)
def test_any_bytes_are_a_result_or_a_clear_refusal(name: str) -> None:
    @settings(max_examples=15 if name in SLOW else 80, deadline=2000)
    @given(st.binary(max_size=2000))
    def played(raw: bytes) -> None:
        play(name, raw)

    played()
