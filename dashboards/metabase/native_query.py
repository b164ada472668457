"""A card's SQL as Metabase's native query: filters become field filters; answers of all versions compare equal."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from dashboards.definition import Filter
from dashboards.metabase.objects import Body, Ref

_MARK: Final = re.compile(r"/\*\s*filter\s+([a-z][a-z0-9_]*):\s*([a-z0-9_]+\.[a-z0-9_]+)\s*\*/")
_TAG: Final = re.compile(r"\{\{\s*([^}\s]+)\s*\}\}")
_NAMES: Final = uuid.UUID("6f1f6ad0-0f0c-4d7c-9d0e-2d1b52a7c0de")  # any fixed one: ids of tags must not change


def filters_named(sql: str) -> tuple[str, ...]:
    """Keys of the filters for which the SQL has a place."""
    return tuple(dict.fromkeys(key for key, _ in _MARK.findall(sql)))


def tags_in(sql: str) -> frozenset[str]:
    """Names of Metabase's `{{tags}}` in the SQL."""
    return frozenset(_TAG.findall(sql))


def field_key(item: Filter) -> str:
    """The name of the filter's column among the ids."""
    return f"field:{item.field}"


def filtered(sql: str, filters: Sequence[Filter]) -> str:
    """The SQL with an optional clause at each place of these filters; other places stay comments.

    A field filter becomes `"marts"."mart"."column" = ..`, which fails on a table that has an alias. So the filter
    chooses values in a query of its own, and the card's tables keep their aliases.
    """
    known = {item.key: item for item in filters}

    def clause(match: re.Match[str]) -> str:
        key, column = match.groups()
        item = known.get(key)
        if item is None:
            return match.group(0)
        chosen = f"select {item.column} from marts.{item.mart} where {{{{{key}}}}}"  # noqa: S608 - names of ours
        return f"[[and {column} in ({chosen})]]"

    return _MARK.sub(clause, sql)


def native_query(sql: str, filters: Sequence[Filter]) -> Body:
    """The legacy flat form: every version from 0.50 on accepts it, none answers with it since 0.57."""
    used = [item for item in filters if item.key in filters_named(sql)]
    tags = {item.key: _tag(item) for item in used}
    native = {"query": filtered(sql, used), "template-tags": tags}
    return {"type": "native", "database": Ref("database"), "native": native}


def _tag(item: Filter) -> Body:
    return {
        "id": str(uuid.uuid5(_NAMES, item.key)),
        "name": item.key,
        "display-name": item.label,
        "type": "dimension",
        "dimension": ["field", Ref(field_key(item)), None],
        "widget-type": item.type,
    }


def comparable(query: Mapping[str, Any]) -> Body:
    """A native query without what the versions write differently: legacy and MBQL 5, tags as map and as list."""
    stages: Sequence[Mapping[str, Any]] = query.get("stages") or ()
    native = stages[0] if stages else query.get("native") or {}
    sql = native.get("native") if stages else native.get("query")
    tags = native.get("template-tags") or {}
    listed: Iterable[Mapping[str, Any]] = tags.values() if isinstance(tags, Mapping) else tags
    return {
        "database": query.get("database"),
        "sql": sql,
        "tags": {tag["name"]: _comparable_tag(tag) for tag in listed},
    }


def _comparable_tag(tag: Mapping[str, Any]) -> Body:
    kept = {name: tag.get(name) for name in ("display-name", "type", "widget-type", "default", "required")}
    dimension = tag.get("dimension") or ()
    # ["field", 17, null] in the legacy form, ["field", {..}, 17] since MBQL 5
    return {**kept, "field": next((part for part in dimension if isinstance(part, int)), None)}
