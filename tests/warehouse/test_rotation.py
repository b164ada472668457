"""The end of a known log and the beginning of a found one: aligned where that is proven, nowhere else."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from warehouse.rotation import ENOUGH, MOST_PLACES, Rows, align

pytestmark = pytest.mark.unit

SIZE = 16


def log_of(first: int, last: int, size: int = SIZE) -> Rows:
    """Records that differ in their numbers, all with the same first bytes as half of the others."""
    rows = np.zeros((last - first, size), np.uint8)
    numbers = np.arange(first, last)
    rows[:, 0] = numbers % 2
    rows[:, size - 4 :] = numbers.astype(">u4").view(np.uint8).reshape(-1, 4)
    return rows


@pytest.mark.parametrize("size", [16, 40, 49])
def test_the_longest_run_is_found(size: int) -> None:
    known = np.concatenate([log_of(0, 4, size), np.full((5, size), 0x5A, np.uint8), log_of(9, 200, size)])
    known[np.arange(20, 200), 0] = 7  # so that few begin as the found one does
    found = np.concatenate([known[9:], log_of(300, 310, size)])

    assert align(known, found) == 191


@given(st.integers(0, 260), st.integers(0, 260), st.integers(0, 40))
def test_what_was_dropped_and_what_is_new_give_the_run_or_nothing(count: int, dropped: int, fresh: int) -> None:
    known = np.random.default_rng(count).integers(0, 256, (count, SIZE), np.uint8)
    found = np.concatenate([known[dropped:], log_of(0, fresh)])
    kept = max(count - dropped, 0)

    assert align(known, found) == (kept if dropped and kept >= ENOUGH else 0)


def test_one_changed_byte_aligns_nothing() -> None:
    known = np.random.default_rng(1).integers(0, 256, (200, SIZE), np.uint8)
    found = known[50:].copy()
    assert align(known, found) == 150
    found[80, 9] ^= 1
    assert align(known, found) == 0


def test_a_cleared_log_aligns_nothing() -> None:
    assert align(log_of(0, 200), log_of(500, 700)) == 0


def test_worn_pages_prove_nothing() -> None:
    worn = np.full((200, SIZE), 0x5A, np.uint8)
    assert align(np.concatenate([log_of(0, 100), worn]), np.concatenate([worn, log_of(500, 600)])) == 0


def test_few_records_prove_nothing() -> None:
    known = np.random.default_rng(2).integers(0, 256, (200, SIZE), np.uint8)
    assert align(known, known[200 - ENOUGH + 1 :]) == 0
    assert align(known, known[200 - ENOUGH :]) == ENOUGH


def test_a_log_that_repeats_itself_in_too_many_places_proves_nothing() -> None:
    period = np.random.default_rng(3).integers(0, 256, (70, SIZE), np.uint8)
    known = np.tile(period, (MOST_PLACES + 3, 1))
    assert align(known, known[70:]) == 0
    assert align(known[: 70 * 4], known[70 : 70 * 4]) == 70 * 3
