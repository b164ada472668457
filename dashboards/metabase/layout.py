"""Places on Metabase's grid of 24 columns: in reading order, each card as high up as it fits."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

GRID_COLUMNS: Final = 24


@dataclass(frozen=True, slots=True)
class Place:
    """Where a card stands, in units of the grid."""

    row: int
    col: int
    size_x: int
    size_y: int

    @property
    def is_inside(self) -> bool:
        """True when the card covers at least a unit, and only units of the grid."""
        is_real = self.size_x >= 1 and self.size_y >= 1
        return is_real and self.row >= 0 and 0 <= self.col <= GRID_COLUMNS - self.size_x

    def overlaps(self, other: Place) -> bool:
        """True when both cover a common unit."""
        return (
            self.col < other.col + other.size_x
            and other.col < self.col + self.size_x
            and self.row < other.row + other.size_y
            and other.row < self.row + self.size_y
        )


def places(sizes: list[tuple[int, int]]) -> list[Place]:
    """A place for each (width, height), in the same order; widths are at most 24."""
    free_from = [0] * GRID_COLUMNS
    found = []
    for width, height in sizes:
        row, col = min((max(free_from[left : left + width]), left) for left in range(GRID_COLUMNS - width + 1))
        free_from[col : col + width] = [row + height] * width
        found.append(Place(row, col, width, height))
    return found
