"""The hand-computed town, and a build whose dbt is played."""

from tests.support.golden_town import own_town as own_town
from tests.support.golden_town import town as town
from tests.support.played_dbt import dbt as dbt
