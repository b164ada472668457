"""The hand-computed town."""

from tests.support.golden_town import own_town as own_town
from tests.support.golden_town import town as town
