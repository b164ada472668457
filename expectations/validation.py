"""The one door to Great Expectations: an ephemeral context, one suite per relation, complete lists of bad row ids.

Importing Great Expectations costs about two seconds, so this module imports it only when there is something to read.
It ships without types that hold; what it returns is turned into `Outcome` here and nowhere else.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from psycopg2.extensions import connection as Connection

from expectations.suites import BY_CODE, Check, checks_of, suite
from warehouse.connection import connect
from warehouse.settings import Settings

# The list of bad row ids is cut to partial_unexpected_count, 20 by default, although COMPLETE is asked for.
ALL_IDS: Final = 1_000_000_000


class GateInconsistent(Exception):
    """Great Expectations counted other rows than it named, or could not run a check: nothing may be decided on that."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one check found: all ids of bad rows, and how many rows it looked at."""

    check: Check
    element_count: int
    bad_ids: tuple[Any, ...]

    @property
    def is_success(self) -> bool:
        """True when no row is bad."""
        return not self.bad_ids


@dataclass(frozen=True, slots=True)
class Validated:
    """Outcomes of one suite, with Great Expectations' own result for Data Docs."""

    relation: str
    outcomes: tuple[Outcome, ...]
    gx_result: Any


def make_context(**more: Any) -> Any:
    """An ephemeral Great Expectations context that reads no file, draws no progress bar and calls nobody.

    `more` goes into DataContextConfig.
    """
    from great_expectations import get_context
    from great_expectations.data_context.types.base import (
        DataContextConfig,
        InMemoryStoreBackendDefaults,
        ProgressBarsConfig,
    )

    config = DataContextConfig(
        store_backend_defaults=InMemoryStoreBackendDefaults(init_temp_docs_sites=False),
        analytics_enabled=False,
        progress_bars=ProgressBarsConfig(globally=False),
        **more,
    )
    return get_context(mode="ephemeral", project_config=config)


def _session_opener(settings: Settings) -> Callable[[], Connection]:
    """Opens Great Expectations' sessions through our own door, so that it never holds a password."""

    def open_session() -> Connection:
        conn = connect(settings, "check")
        with conn.cursor() as cursor:
            cursor.execute("set search_path to dq")
        conn.commit()
        return conn

    return open_session


def open_source(settings: Settings, context: Any) -> Any:
    """The warehouse as a data source of `context`; the address in the string is a name only."""
    return context.data_sources.add_postgres(
        "gudang",
        connection_string="postgresql+psycopg2://hadir_check@gudang/hadir",
        kwargs={"creator": _session_opener(settings)},
    )


def validate(context: Any, source: Any, relation: str, ran_at: datetime) -> Validated:
    """Runs the suite of one relation of schema dq.

    Raises:
        GateInconsistent: a check could not run, or its ids are not as many as it counted.
    """
    from great_expectations import ValidationDefinition
    from great_expectations.core.run_identifier import RunIdentifier

    table = source.add_table_asset(relation, table_name=relation).add_batch_definition_whole_table("seluruhnya")
    gx_suite = context.suites.add(suite(relation))
    definition = context.validation_definitions.add(ValidationDefinition(name=relation, data=table, suite=gx_suite))
    row_id = checks_of(relation)[0].row_id
    result = definition.run(
        run_id=RunIdentifier(run_name=relation, run_time=ran_at),
        result_format={
            "result_format": "COMPLETE",
            "unexpected_index_column_names": [row_id],
            "partial_unexpected_count": ALL_IDS,
            "exclude_unexpected_values": True,  # without it half a million bad rows cost 35 s and 1.4 GB
            "return_unexpected_index_query": False,
        },
    )
    outcomes = tuple(_outcome(one, row_id) for one in _by_catalogue(relation, result))
    return Validated(relation, outcomes, result)


def _by_catalogue(relation: str, result: Any) -> Sequence[Any]:
    """The results in the order of the catalogue; Great Expectations gives them in its own."""
    found = {one.expectation_config.meta["code"]: one for one in result.results}
    wanted = [check.code for check in checks_of(relation)]
    if sorted(found) != sorted(wanted):
        raise GateInconsistent(f"Great Expectations menjawab {sorted(found)}, yang ditanya {sorted(wanted)}.")
    return [found[code] for code in wanted]


def _outcome(one: Any, row_id: str) -> Outcome:
    check = BY_CODE[one.expectation_config.meta["code"]]
    if one.exception_info.get("raised_exception"):
        raise GateInconsistent(f"Pemeriksaan {check.code} gagal dijalankan: {one.exception_info['exception_message']}")
    element_count = int(one.result.get("element_count") or 0)
    counted = int(one.result.get("unexpected_count") or 0)  # None over an empty relation
    bad_ids = all_ids(one.result.get("unexpected_index_list") or [], row_id)
    if len(bad_ids) != counted or one.success != (counted == 0):
        raise GateInconsistent(f"Pemeriksaan {check.code} menghitung {counted} baris, tetapi menyebut {len(bad_ids)}.")
    return Outcome(check, element_count, bad_ids)


def all_ids(index_list: Sequence[Any], row_id: str) -> tuple[Any, ...]:
    """Bad row ids out of unexpected_index_list: with excluded values, one dict that holds a list per column."""
    ids: list[Any] = []
    for entry in index_list:
        named = entry[row_id]
        ids.extend(named if isinstance(named, list) else [named])
    return tuple(ids)
