"""Checks between rows and between files, on the staging tables: duplicates, references, overlapping validity."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from psycopg2 import sql
from psycopg2.extensions import cursor as Cursor

from extractors.site.files import ROW_MODELS, file_of
from extractors.site.read import Refusal
from extractors.site.rules import RULES, Alone, Reference
from extractors.site.stage import IN_FORCE, IN_FORCE_AFTER, STAGED, agree, columns, differ, name


@dataclass(frozen=True, slots=True)
class CrossCheck:
    """The checks of one load; `names` gives the name of the file that states a table."""

    cursor: Cursor
    names: Mapping[str, str]

    def run(self) -> list[Refusal]:
        """Marks bad rows as refused and returns why. Tables come in the order of their references, so that what
        a row refers to is settled before the row is looked at.
        """
        refusals: list[Refusal] = []
        for table in ROW_MODELS:
            if table in self.names:
                refusals += self._duplicates(table)
                for rule in RULES[table].references:
                    refusals += self._strangers(table, rule)
                refusals += self._clashes(table)
        for table in reversed(ROW_MODELS):
            if table in self.names:
                refusals += self._vanished(table)
        return refusals

    def _duplicates(self, table: str) -> list[Refusal]:
        key = RULES[table].key
        self.cursor.execute(
            sql.SQL(
                "with numbered as (select line, first_value(line) over (partition by {key} order by line) as first_line"
                " from {staged} where not is_refused)"
                " update {staged} as bad set is_refused = true from numbered"
                " where bad.line = numbered.line and bad.line > first_line returning bad.line, first_line"
            ).format(key=columns(key), staged=name(STAGED, table))
        )
        return [
            Refusal(
                self.names[table],
                line,
                key[0],
                f"{', '.join(key)} sama dengan baris {first}",
                "hapus salah satu dari dua baris itu",
            )
            for line, first in self.cursor.fetchall()
        ]

    def _strangers(self, table: str, rule: Reference) -> list[Refusal]:
        self.cursor.execute(
            sql.SQL(
                "update {staged} as bad set is_refused = true"
                " where not is_refused and {column} is not null and {in_scope} and {column} <> all(%s)"
                " and not exists (select from {after} as target where target.{target_column} = bad.{column})"
                " and not exists (select from {also} as target where target.{target_column} = bad.{column})"
                " returning bad.line, bad.{column}"
            ).format(
                staged=name(STAGED, table),
                column=sql.Identifier(rule.column),
                target_column=sql.Identifier(rule.target_column),
                in_scope=_in_scope("bad", rule),
                after=name(IN_FORCE_AFTER, rule.target),
                also=name(IN_FORCE_AFTER, rule.also or rule.target),
            ),
            (sorted(rule.built_in),),
        )
        return [
            Refusal(
                self.names[table],
                line,
                rule.column,
                f"'{value}' tidak ada di {file_of(rule.target)}",
                f"perbaiki kodenya, atau tambahkan baris '{value}' di {file_of(rule.target)}",
            )
            for line, value in self.cursor.fetchall()
        ]

    def _clashes(self, table: str) -> list[Refusal]:
        """Until nothing new clashes: a refused row keeps its predecessor in force, which may clash in turn."""
        refusals: list[Refusal] = []
        while found := [refusal for rule in RULES[table].alone for refusal in self._overlaps(table, rule)]:
            refusals += found
        return refusals

    def _overlaps(self, table: str, rule: Alone) -> Iterator[Refusal]:
        begin, end = rule.days or RULES[table].span or ("", "")
        self.cursor.execute(
            sql.SQL(
                # Rows that stay in force (line 0) come first, then by the first day. Of a chain only those go
                # that clash with a row which itself clashes with none before it: each round settles one link.
                "with rows as materialized ("
                "  select *, row_number() over (order by line > 0, {begin}, line) as rank from {after} where {only}),"
                " pairs as materialized ("
                "  select later.line, later.rank, earlier.rank as earlier_rank, earlier.line as earlier_line,"
                "   earlier.{begin} as since, earlier.{end} as until"
                "  from rows as later inner join rows as earlier on {same} and earlier.rank < later.rank"
                "  where later.line > 0 and {differing} and {meeting} and {at_once}),"
                " settled as ("
                "  select distinct on (line) line, earlier_line, since, until from pairs"
                "  where not exists (select from pairs as before where before.rank = pairs.earlier_rank)"
                "  order by line, earlier_rank)"
                " update {staged} as bad set is_refused = true from settled"
                " where bad.line = settled.line and not bad.is_refused"
                " returning bad.line, earlier_line, since::text, until::text"
            ).format(
                begin=sql.Identifier(begin),
                end=sql.Identifier(end),
                after=name(IN_FORCE_AFTER, table),
                staged=name(STAGED, table),
                same=agree("later", "earlier", rule.columns),
                differing=differ("later", "earlier", rule.differ_in) if rule.differ_in else sql.SQL("true"),
                only=_only(rule),
                meeting=_meeting(rule),
                at_once=_at_once(rule, begin, end),
            )
        )  # fmt: skip
        for line, earlier, since, until in self.cursor.fetchall():
            where = f"baris {earlier}" if earlier else "baris yang tetap berlaku dari muatan sebelumnya"
            yield Refusal(
                self.names[table],
                line,
                rule.column,
                f"{rule.what} bertabrakan dengan {where} ({since} sampai {until or 'seterusnya'})",
                f"akhiri yang lama ({end}) sebelum yang baru mulai ({begin}), atau hapus salah satu",
            )

    def _vanished(self, table: str) -> list[Refusal]:
        """A row that is gone from its file stays while a row in force after this load still names it."""
        users = [
            (user, rule)
            for user, rules in RULES.items()
            for rule in rules.references
            if table in (rule.target, rule.also) and rule.is_holding
        ]
        return [refusal for user, rule in users for refusal in self._held(table, user, rule)]

    def _held(self, table: str, user: str, rule: Reference) -> Iterator[Refusal]:
        self.cursor.execute(
            sql.SQL(
                "insert into {staged} (line, is_refused, {key})"
                " select 0, true, {old_key} from {now} as old"
                " where not exists (select from {after} as target where target.{column} = old.{column})"
                " and not exists (select from {also} as target where target.{column} = old.{column})"
                " and exists (select from {user} as naming where naming.{by} = old.{column} and {in_scope})"
                " and old.{column} <> all(%s)"
                " returning {column}"
            ).format(
                staged=name(STAGED, table),
                key=columns(RULES[table].key),
                old_key=columns(RULES[table].key, "old"),
                now=name(IN_FORCE, table),
                after=name(IN_FORCE_AFTER, rule.target),
                also=name(IN_FORCE_AFTER, rule.also or rule.target),
                column=sql.Identifier(rule.target_column),
                user=name(IN_FORCE_AFTER, user),
                by=sql.Identifier(rule.column),
                in_scope=_in_scope("naming", rule),
            ),
            (sorted(rule.built_in),),
        )
        for value in sorted({value for (value,) in self.cursor.fetchall()}):
            yield Refusal(
                self.names[table],
                0,
                rule.target_column,
                f"'{value}' hilang dari sini tetapi masih dipakai di {file_of(user)}; baris lamanya tetap berlaku",
                f"kembalikan barisnya, atau akhiri dulu pemakaiannya di {file_of(user)}",
            )


def _in_scope(relation: str, rule: Reference) -> sql.Composable:
    if rule.scope is None:
        return sql.SQL("true")
    return sql.SQL("{} = {}").format(sql.Identifier(relation, "scope"), sql.Literal(rule.scope))


def _only(rule: Alone) -> sql.Composable:
    if rule.only is None:
        return sql.SQL("true")
    return sql.SQL("{} = {}").format(sql.Identifier(rule.only[0]), sql.Literal(rule.only[1]))


def _meeting(rule: Alone) -> sql.Composable:
    if rule.whole is None:
        return sql.SQL("true")
    return sql.SQL("(later.{column} = earlier.{column} or {word} in (later.{column}, earlier.{column}))").format(
        column=sql.Identifier(rule.whole[0]), word=sql.Literal(rule.whole[1])
    )


def _at_once(rule: Alone, begin: str, end: str) -> sql.Composable:
    if rule.at == "ever":
        return sql.SQL("true")
    return sql.SQL(
        "later.{begin} {before} coalesce(earlier.{end}, 'infinity')"
        " and earlier.{begin} {before} coalesce(later.{end}, 'infinity')"
    ).format(begin=sql.Identifier(begin), end=sql.Identifier(end), before=sql.SQL("<=" if rule.days else "<"))
