"""A build whose dbt is played."""

from tests.support.played_dbt import dbt as dbt
