"""How the stand-in puts values into a card's SQL: `{{tag}}`, `[[ optional ]]`, field filters, relative dates.

A field filter becomes a predicate on the fully qualified column, as Metabase's documentation says: on a table that
the SQL gave another name, Postgres refuses it here as it does there.
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from psycopg2.extensions import adapt

TAG = re.compile(r"\{\{\s*([^}]+?)\s*\}\}")
PIECE = re.compile(r"\[\[(.*?)\]\]", re.DOTALL)
COMMENT = re.compile(r"('(?:[^']|'')*')|--[^\n]*|/\*.*?\*/", re.DOTALL)
NOTHING_CHOSEN: tuple[Any, ...] = (None, "", [])
RELATIVE = re.compile(r"(past|next)(\d+)(day|week|month|year)s(~)?")


class FilterInvalid(Exception):
    """A value that cannot be put into the SQL; its text is the error of the query."""


@dataclass(frozen=True, slots=True)
class Choice:
    """What a reader chose for a tag."""

    type: str
    kind: str
    value: Any


Tag = Mapping[str, Any]
ColumnName = Callable[[Any], str]


def choices(parameters: Sequence[Mapping[str, Any]]) -> dict[str, Choice]:
    """The chosen values by tag; a parameter without target or value chooses nothing."""
    made = {}
    for parameter in parameters:
        target, value = parameter.get("target"), parameter.get("value")
        if target and value not in NOTHING_CHOSEN:
            made[str(target[1][1])] = Choice(str(parameter.get("type", "")), str(target[0]), value)
    return made


def expand(
    sql: str, tags: Mapping[str, Tag], chosen: Mapping[str, Choice], column_name: ColumnName, today: date
) -> str:
    """The SQL that goes to the database.

    Raises:
        FilterInvalid: a tag without declaration or without value, a value of the wrong form.
    """
    sql = COMMENT.sub(lambda match: match.group(1) or " ", sql)
    for name in TAG.findall(sql):
        if name not in tags:
            raise FilterInvalid(f"Query refers to {{{{{name}}}}}, which is no template tag of it.")

    def put(match: re.Match[str]) -> str:
        return _one(tags[match.group(1)], chosen.get(match.group(1)), column_name, today)

    def piece(match: re.Match[str]) -> str:
        inner = match.group(1)
        has_all = all(_has_value(tags[name], chosen.get(name)) for name in TAG.findall(inner))
        return TAG.sub(put, inner) if has_all else ""

    return TAG.sub(put, PIECE.sub(piece, sql))


def _has_value(tag: Tag, choice: Choice | None) -> bool:
    return choice is not None or tag.get("default") not in NOTHING_CHOSEN


def _one(tag: Tag, choice: Choice | None, column_name: ColumnName, today: date) -> str:
    is_field = tag["type"] == "dimension"
    if choice is None and tag.get("default") not in NOTHING_CHOSEN:
        choice = Choice(str(tag.get("widget-type", "text")), "dimension" if is_field else "variable", tag["default"])
    if choice is None:
        if is_field and not tag.get("required"):
            return "1 = 1"
        raise FilterInvalid(f"You'll need to pick a value for '{tag['display-name']}' before this query can run.")
    if (choice.kind == "dimension") != is_field:
        raise FilterInvalid(f"The target of '{tag['name']}' is a {choice.kind}, its tag is of type {tag['type']}.")
    if not is_field:
        return _variable(tag, choice.value)
    return _predicate(column_name(tag["dimension"]), choice, today)


def _quoted(value: Any) -> str:
    adapted = adapt(value)
    if hasattr(adapted, "encoding"):
        adapted.encoding = "utf-8"
    return str(adapted.getquoted().decode())


def _variable(tag: Tag, value: Any) -> str:
    value = value[0] if isinstance(value, list) else value
    if tag["type"] == "number":
        return _quoted(float(value) if "." in str(value) else int(value))
    if tag["type"] == "date":
        return f"date {_quoted(str(value))}"
    return _quoted(value)


def _predicate(column: str, choice: Choice, today: date) -> str:
    kind, _, operator = choice.type.partition("/")
    if kind == "date":
        return _date_predicate(column, str(choice.value), today)
    values = choice.value if isinstance(choice.value, list) else [choice.value]
    if kind in ("string", "category", "id", "location"):
        return _text_predicate(column, operator or "=", values)
    if kind == "number":
        return _number_predicate(column, operator or "=", values)
    raise FilterInvalid(f"No filter of type {choice.type!r} is known.")


def _text_predicate(column: str, operator: str, values: Sequence[Any]) -> str:
    likes = {
        "contains": "%{}%", "does-not-contain": "%{}%", "starts-with": "{}%", "ends-with": "%{}",
    }  # fmt: skip
    if operator in likes:
        word = " not like " if operator == "does-not-contain" else " like "
        joiner = " and " if operator == "does-not-contain" else " or "
        return f"({joiner.join(column + word + _quoted(likes[operator].format(value)) for value in values)})"
    if operator not in ("=", "!=", "city", "state", "country", "zip_code"):
        raise FilterInvalid(f"No text filter {operator!r} is known.")
    listed = ", ".join(_quoted(value) for value in values)
    return f"{column} not in ({listed})" if operator == "!=" else f"{column} in ({listed})"


def _number_predicate(column: str, operator: str, values: Sequence[Any]) -> str:
    numbers = [_quoted(float(value)) for value in values]
    if operator == "between":
        return f"{column} between {numbers[0]} and {numbers[1]}"
    if operator in (">=", "<="):
        return f"{column} {operator} {numbers[0]}"
    return f"{column} {'not in' if operator == '!=' else 'in'} ({', '.join(numbers)})"


def _date_predicate(column: str, text: str, today: date) -> str:
    first, last = date_range(text, today)
    parts = []
    if first is not None:
        parts.append(f"{column} >= date {_quoted(first.isoformat())}")
    if last is not None:
        parts.append(f"{column} < date {_quoted((last + timedelta(days=1)).isoformat())}")
    return f"({' and '.join(parts)})"


def date_range(text: str, today: date) -> tuple[date | None, date | None]:
    """First and last day that a date filter means, both included; None is no bound.

    Raises:
        FilterInvalid: a text of no known form.
    """
    if text in ("thisday", "thisweek", "thismonth", "thisyear"):
        return _period(text.removeprefix("this"), today)
    if text.startswith("last") and text.removeprefix("last") in ("day", "week", "month", "year"):
        unit = text.removeprefix("last")
        return _period(unit, _period(unit, today)[0] - timedelta(days=1))
    if relative := RELATIVE.fullmatch(text):
        return _relative(relative, today)
    return _absolute(text)


def _absolute(text: str) -> tuple[date | None, date | None]:
    try:
        if re.fullmatch(r"\d{4}-\d{2}", text):
            return _period("month", date.fromisoformat(f"{text}-01"))
        if "~" in text:
            first, last = text.split("~")
            return date.fromisoformat(first[:10]) if first else None, date.fromisoformat(last[:10]) if last else None
        day = date.fromisoformat(text[:10])
    except ValueError as error:
        raise FilterInvalid(f"Don't know how to parse date string {text!r}.") from error
    return day, day


def _period(unit: str, day: date) -> tuple[date, date]:
    if unit == "day":
        return day, day
    if unit == "week":
        first = day - timedelta(days=day.weekday())
        return first, first + timedelta(days=6)
    if unit == "month":
        return day.replace(day=1), day.replace(day=monthrange(day.year, day.month)[1])
    return day.replace(month=1, day=1), day.replace(month=12, day=31)


def _relative(found: re.Match[str], today: date) -> tuple[date, date]:
    direction, count, unit, with_current = found.groups()
    first, last = _period(unit, today)
    step = 1 if direction == "next" else -1
    for _ in range(int(count)):
        edge = last + timedelta(days=1) if step > 0 else first - timedelta(days=1)
        beyond = _period(unit, edge)
        first, last = (first, beyond[1]) if step > 0 else (beyond[0], last)
    here = _period(unit, today)
    if with_current:
        return first, last
    return (here[1] + timedelta(days=1), last) if step > 0 else (first, here[0] - timedelta(days=1))
