"""The hand-computed town."""

from tests.support.golden_town import town as town
