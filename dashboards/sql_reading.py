"""What a card's SQL reads, found in its text: enough for the lint and for dbt's exposures, without a database."""

from __future__ import annotations

import re
from typing import Final

_NOISE: Final = re.compile(r"--[^\n]*|/\*.*?\*/|'(?:[^']|'')*'", re.DOTALL)
_READS: Final = re.compile(r"(?<!\bdistinct )\b(?:from|join)\s+([a-z_][a-z0-9_.]*)", re.IGNORECASE)
_COMMON_TABLE: Final = re.compile(
    r"(?:\bwith\b(?:\s+recursive)?|,)\s*([a-z_][a-z0-9_]*)\s+as\s*(?:not\s+materialized\s*|materialized\s*)?\(",
    re.IGNORECASE,
)
_QUALIFIED: Final = re.compile(r"\b([a-z_][a-z0-9_]*)\.([a-z_][a-z0-9_]*)", re.IGNORECASE)
_WRITES: Final = re.compile(
    r"\b(insert|update|delete|merge|truncate|create|alter|drop|grant|revoke|copy|call|do|set|lock|into)\b",
    re.IGNORECASE,
)
_MART: Final = re.compile(r"marts\.(rpt_[a-z0-9_]+)", re.IGNORECASE)
FOREIGN_SCHEMAS: Final = frozenset(
    {
        *("raw", "reference", "dq", "biometrics", "staging", "intermediate", "qc", "audit", "ops", "public"),
        *("pg_catalog", "information_schema", "hadir_migrations"),
    }
)


def without_comments(sql: str) -> str:
    """The SQL with its literals, but without comments."""
    return _NOISE.sub(lambda noise: noise.group(0) if noise.group(0).startswith("'") else " ", sql)


def bare(sql: str) -> str:
    """The SQL without comments and string literals."""
    return _NOISE.sub(" ", sql)


def marts_read(sql: str) -> frozenset[str]:
    """Names of the `rpt_*` models that the SQL reads."""
    return frozenset(match.lower() for match in _MART.findall(bare(sql)))


def reads_besides_marts(sql: str) -> frozenset[str]:
    """Relations that are neither `marts.rpt_*` nor the statement's own common table expressions."""
    text = bare(sql)
    own = {name.lower() for name in _COMMON_TABLE.findall(text)}
    relations = {name.lower() for name in _READS.findall(text)}
    foreign = {name for name in relations if name not in own and not _MART.fullmatch(name)}
    # A comma join hides from `from`, a schema name does not.
    hidden = {
        f"{schema}.{name}".lower()
        for schema, name in _QUALIFIED.findall(text)
        if schema.lower() in FOREIGN_SCHEMAS or (schema.lower() == "marts" and not name.lower().startswith("rpt_"))
    }
    return frozenset(foreign | hidden)


def is_one_select(sql: str) -> bool:
    """True for a single statement that only reads."""
    text = bare(sql).strip()
    return bool(re.match(r"(select|with)\b", text, re.IGNORECASE)) and ";" not in text and not _WRITES.search(text)
