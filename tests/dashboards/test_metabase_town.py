"""From the punches of the hand-computed town to the cards in a stand-in for Metabase: applied, changed, read by roles.

The stand-in is none of Metabase's servers; what it keeps of them, and how it is kept honest, is in docs/dashboards.md.
"""

from __future__ import annotations

import copy
import re
from datetime import date, datetime
from decimal import Decimal

import pytest

from dashboards.definition import read_dashboards
from dashboards.metabase.compile import groups_of
from dashboards.metabase.provision import apply, plan
from dashboards.page import page_name, render
from dashboards.wording import shown
from tests.metabase_standin import Fault
from tests.support.metabase_town import Asked, book, standin_for
from warehouse.connection import connect
from warehouse.console import Problem

pytestmark = pytest.mark.e2e
VERSIONS = (57, 62, 63, 65)
FIRST = read_dashboards()[:1]  # one dashboard is enough to be cut short
CONTENT = ("collections", "cards", "dashboards", "groups", "pulses")


@pytest.fixture(scope="module", autouse=True)
def quick():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("dashboards.metabase.client.PAUSE_S", 0.01)
        patch.setattr("dashboards.metabase.instance.POLL_S", 0.01, raising=False)
        yield


@pytest.fixture
def beside(town, tmp_path):
    """A stand-in beside the town, with our dashboards applied once."""
    with standin_for(town.settings, tmp_path) as (standin, settings):
        first = apply(settings)
        assert first.count("created") > 20
        yield standin, settings


def counts(result):
    return {action: result.count(action) for action in ("created", "updated", "orphaned")}


NOTHING = {"created": 0, "updated": 0, "orphaned": 0}


def with_changed_note(key):
    """Our dashboards; one card of the wali kota's says something else below its title, the wakil's the same as ever."""
    return tuple(
        dashboard.model_copy(
            update={
                "cards": tuple(
                    card.model_copy(update={"note": "Catatan baru."})
                    if (dashboard.key, card.key) == ("wali_kota", key)
                    else card
                    for card in dashboard.cards
                )
            }
        )
        for dashboard in read_dashboards()
    )


class TestApply:
    @pytest.mark.parametrize("version", VERSIONS)
    def test_a_second_time_nothing_is_written(self, town, tmp_path, version):
        with standin_for(town.settings, tmp_path, version) as (standin, settings):
            first = apply(settings)
            before = copy.deepcopy({name: getattr(standin.state, name) for name in CONTENT})
            standin.seen.clear()
            second = apply(settings)
            assert counts(second) == NOTHING
            assert second.count("unchanged") == first.count("created") + first.count("updated") + first.count(
                "unchanged"
            )
            assert standin.written() == []
            assert before == {name: getattr(standin.state, name) for name in CONTENT}
            # an object is asked for at most twice, and once in all the sum
            assert max(standin.counted().values()) <= 2
            assert len(standin.seen) <= 2 * second.count("unchanged")

    def test_a_plan_writes_nothing(self, town, tmp_path):
        with standin_for(town.settings, tmp_path) as (standin, settings):
            planned = plan(settings)
            assert planned.count("created") > 20
            assert standin.written() == []
            assert standin.state.cards == {}

    def test_one_changed_card_is_one_update(self, beside):
        standin, settings = beside
        standin.seen.clear()
        changed = apply(settings, with_changed_note("alpa_by_opd"))
        assert counts(changed) == NOTHING | {"updated": 1}
        (written,) = standin.written()
        assert re.fullmatch(r"/api/card/\d+", written.path)
        assert written.body["description"] == "Catatan baru."
        assert counts(apply(settings, with_changed_note("alpa_by_opd"))) == NOTHING

    def test_twin_a_hand_in_metabase_is_noticed_and_undone(self, beside):
        standin, settings = beside
        number = next(n for n, card in standin.state.cards.items() if card["name"].startswith("Alpa"))
        standin.state.cards[number]["query"]["sql"] = "select 1"
        assert counts(apply(settings)) == NOTHING | {"updated": 1}
        assert standin.state.cards[number]["query"]["sql"] != "select 1"

    def test_what_is_not_ours_stays_as_it_is(self, beside):
        standin, settings = beside
        ask = Asked(standin)
        ours = next(c["id"] for c in ask("GET", "/api/collection") if c["name"] == "Sekda")
        foreign = ask("POST", "/api/collection", {"name": "Kehadiran", "description": None})["id"]
        query = {"type": "native", "database": 1, "native": {"query": "select 1 as n"}}
        twin = next(card for card in standin.state.cards.values() if card["display"] == "table")
        body = {"display": "table", "visualization_settings": {}, "dataset_query": query}
        ask("POST", "/api/card", body | {"name": twin["name"], "collection_id": twin["collection_id"]})
        ask("POST", "/api/card", body | {"name": "Kartu orang lain", "collection_id": foreign})
        ask("POST", "/api/dashboard", {"name": read_dashboards()[0].title, "collection_id": ours})
        ask("POST", "/api/permissions/group", {"name": "Tamu"})
        theirs = copy.deepcopy({name: getattr(standin.state, name) for name in CONTENT})
        assert counts(apply(settings, prune=True)) == NOTHING
        apply(settings, with_changed_note("alpa_by_opd"), prune=True)
        after = {name: getattr(standin.state, name) for name in CONTENT}
        (number,) = [n for n, card in after["cards"].items() if card["description"] == "Catatan baru."]
        for kept in (theirs["cards"], after["cards"]):
            del kept[number]
        assert after == theirs

    def test_what_we_no_longer_name_is_archived_on_wish_alone(self, beside):
        standin, settings = beside
        only_first = read_dashboards()[:1]
        orphans = apply(settings, only_first).count("orphaned")
        assert orphans > 5
        assert not any(card["archived"] for card in standin.state.cards.values())
        assert apply(settings, only_first, prune=True).count("orphaned") == orphans
        assert any(card["archived"] for card in standin.state.cards.values())
        assert apply(settings, only_first).count("orphaned") == 0

    @pytest.mark.parametrize(
        "fault",
        [
            Fault("reset", "GET", r"/api/card/\d+"),
            Fault("reset_after", "PUT", r"/api/dashboard/\d+"),
            Fault("status", "PUT", "/api/collection/graph", status=409, body="stale"),
            Fault("status", "GET", "/api/collection", status=502),
        ],
        ids=lambda fault: f"{fault.kind} {fault.method} {fault.path}",
    )
    def test_one_fault_on_the_way_is_survived(self, town, tmp_path, fault):
        with standin_for(town.settings, tmp_path) as (standin, settings):
            standin.faults[:] = [copy.copy(fault)]
            apply(settings, FIRST)
            standin.faults[:] = [copy.copy(fault)]
            apply(settings, with_changed_note("alpa_by_opd")[:1])
            apply(settings, FIRST)
            assert counts(apply(settings, FIRST)) == NOTHING

    @pytest.mark.parametrize("model", ["card", "dashboard", "collection", "database", "permissions/group"])
    def test_a_post_whose_answer_is_lost_makes_nothing_twice(self, town, tmp_path, model):
        with standin_for(town.settings, tmp_path) as (standin, settings):
            standin.faults.append(Fault("reset_after", "POST", f"/api/{model}"))
            with pytest.raises(Problem, match="tidak menjawab"):
                apply(settings, FIRST)
            apply(settings, FIRST)
            state = standin.state
            contents = (*state.cards.values(), *state.dashboards.values())
            places = [(thing["collection_id"], thing["name"]) for thing in contents]
            places += [(collection["location"], collection["name"]) for collection in state.collections.values()]
            places += [("", name) for name in state.groups.values()]
            assert len(places) == len(set(places))
            assert len(state.databases) == 1
            assert counts(apply(settings, FIRST)) == NOTHING

    def test_twin_what_only_has_our_name_is_not_taken_for_ours(self, town, tmp_path):
        with standin_for(town.settings, tmp_path) as (standin, settings):
            place = Asked(standin)("POST", "/api/collection", {"name": "Kehadiran", "description": "Milik orang"})["id"]
            apply(settings)
            assert standin.state.collections[place]["description"] == "Milik orang"
            assert book(settings)["collection:kehadiran"] != place


def as_psycopg2(value, form):
    """A value of the stand-in's JSON as the database gives it, by the format that the card declares."""
    if value is None or form == "text":
        return value
    if form in ("date", "month"):
        return date.fromisoformat(value[:10])
    if form == "moment":
        return datetime.fromisoformat(value).replace(tzinfo=None)
    return Decimal(str(value))


def as_written(value):
    """A value of the database as the stand-in's JSON says it."""
    if isinstance(value, datetime):
        return f"{value.isoformat()}+07:00"
    if isinstance(value, date):
        return f"{value.isoformat()}T00:00:00+07:00"
    return float(value) if isinstance(value, Decimal) else value


def card_html(html, anchor):
    article = re.search(rf'<article [^>]*id="{anchor}".*?</article>', html, re.DOTALL)
    assert article is not None
    return article.group(0)


class TestNumbers:
    @pytest.fixture(scope="class")
    def read(self, town, tmp_path_factory):
        """The town's dashboards: applied once, rendered once, read by three tests."""
        folder = tmp_path_factory.mktemp("angka")
        with standin_for(town.settings, folder) as (standin, settings):
            apply(settings)
            render(settings)
            pages = {
                dashboard.key: (settings.pages_dir / page_name(dashboard.key)).read_text(encoding="utf-8")
                for dashboard in read_dashboards()
            }
            yield Asked(standin), pages, settings

    @staticmethod
    def shown_cards(ask, settings):
        """Each card of our definition with its dashboard and each dashcard that shows it."""
        numbers = book(settings)
        for dashboard in read_dashboards():
            there = ask("GET", f"/api/dashboard/{numbers[f'dashboard:{dashboard.key}']}")
            for card in dashboard.cards:
                key = f"card:{dashboard.key}/{card.key}"
                ours = {number for name, number in numbers.items() if name == key or name.startswith(f"{key}/")}
                dashcards = [dashcard for dashcard in there["dashcards"] if dashcard["card_id"] in ours]
                assert len(dashcards) == len(ours) > 0
                for dashcard in dashcards:
                    yield dashboard, card, there, dashcard

    def differing(self, ask, settings):
        """How many values were compared with direct SQL on the marts, and the cards that say something else."""
        compared, found = 0, set()
        conn = connect(settings, "metabase")
        with conn, conn.cursor() as cursor:
            for dashboard, card, there, dashcard in self.shown_cards(ask, settings):
                cursor.execute(card.query())
                names = [column.name for column in cursor.description]
                direct = [dict(zip(names, map(as_written, row), strict=True)) for row in cursor.fetchall()]
                if ask.card_on(there, dashcard)["rows"] != direct:
                    found.add(f"{dashboard.key}/{card.key}")
                compared += len(direct) * len(names)
        conn.close()
        return compared, found

    def test_every_card_equals_direct_sql_on_the_marts(self, read):
        ask, _, settings = read
        compared, found = self.differing(ask, settings)
        assert found == set()
        assert compared > 200

    def test_twin_a_card_that_says_another_number_is_noticed(self, read, monkeypatch):
        ask, _, settings = read
        query = ask.standin.state.cards[book(settings)["card:wali_kota/alpa_by_opd"]]["query"]
        another = query["sql"].replace("sum(people.alpa_day_count) as", "sum(people.alpa_day_count) + 1 as")
        monkeypatch.setitem(query, "sql", another)
        assert self.differing(ask, settings)[1] == {"wali_kota/alpa_by_opd"}

    def test_every_card_says_what_the_page_says(self, read):
        ask, pages, settings = read
        today, compared = date(2017, 4, 1), 0
        for dashboard, card, there, dashcard in self.shown_cards(ask, settings):
            if card.display == "moment":
                continue
            rows = ask.card_on(there, dashcard)["rows"]
            texts = [
                shown(as_psycopg2(row[column.name], column.format), column.format, today)
                for row in rows
                for column in card.shown_columns
            ]
            article = card_html(pages[dashboard.key], f"{dashboard.key}-{card.key}")
            if card.display == "table":
                cells = re.findall(r'<(?:th scope="row"|td)[^>]*>([^<]*)</', article)
                assert cells == texts, card.key
            elif card.display in ("headline", "figures"):
                known = [text for text in texts if text != "–"]
                assert all(f">{text}<" in article or f" {text} " in article for text in known), card.key
            else:
                caption = card.chart.caption or card.chart.measures[0].column
                form = card.column(caption).format
                ends = (
                    [shown(as_psycopg2(row[caption], form), form, today) for row in rows]
                    if card.display == "row"
                    else []
                )
                assert all(f">{end}<" in article for end in ends), card.key
            compared += len(texts)
        assert compared > 100

    def test_sums_that_are_written_here_once_more(self, read, town):
        ask, _, settings = read
        ((alpa, payable),) = town.query(
            "select (select sum(alpa_day_count) from marts.fct_monthly_deductions where month = '2017-03-01'),"
            " (select sum(payable_idr) from marts.fct_monthly_deductions where month = '2017-03-01')"
        )
        seen = {}
        for _, card, there, dashcard in self.shown_cards(ask, settings):
            if card.key in ("alpa_by_opd", "deductions_month"):
                seen[card.key] = ask.card_on(there, dashcard)["rows"]
        assert alpa == sum(row["alpa_day_count"] for row in seen["alpa_by_opd"]) > 0
        assert [float(payable)] == [row["payable_idr"] for row in seen["deductions_month"]]

    def test_a_filter_leaves_the_rows_of_one_office(self, read):
        ask, _, settings = read
        filtered = 0
        for dashboard, card, there, dashcard in self.shown_cards(ask, settings):
            for mapping in dashcard["parameter_mappings"]:
                parameter = next(p for p in there["parameters"] if p["id"] == mapping["parameter_id"])
                if parameter["slug"] != "opd":
                    continue
                path = f"/api/dashboard/{there['id']}/params/{parameter['id']}/values"
                choices = [value for (value,) in ask("GET", path)["values"]]
                assert len(choices) >= 2
                everything = ask.card_on(there, dashcard)["rows"]
                for choice in choices:
                    sent = {"id": parameter["id"], "type": parameter["type"], "value": [choice]}
                    rows = ask.card_on(there, dashcard, sent)["rows"]
                    assert rows == [row for row in everything if row["opd_name"] == choice], (dashboard.key, card.key)
                    filtered += bool(rows)
        assert filtered >= 4

    def test_a_filter_of_dates_finds_events_of_that_time(self, read):
        ask, _, settings = read
        [(there, dashcard)] = [
            (there, dashcard)
            for _, card, there, dashcard in self.shown_cards(ask, settings)
            if card.key == "event_rolls"
        ]
        parameter = next(p for p in there["parameters"] if p["slug"] == "tanggal")
        everything = ask.card_on(there, dashcard)["rows"]
        day = everything[-1]["event_date"][:10]
        sent = {"id": parameter["id"], "type": parameter["type"], "value": f"{day}~{day}"}
        rows = ask.card_on(there, dashcard, sent)["rows"]
        assert [row for row in everything if row["event_date"][:10] == day] == rows != everything


class TestRoles:
    @staticmethod
    def reader(standin, group):
        return Asked(standin, standin.mint_key(f"uji {group}", _group(standin, group)))

    def test_a_group_reads_its_own_dashboards_and_no_other(self, beside):
        standin, settings = beside
        numbers = book(settings)
        admin = Asked(standin)
        homes = {numbers[f"dashboard:{dashboard.key}"]: groups_of(dashboard) for dashboard in read_dashboards()}
        groups = {group for readers in homes.values() for group in readers}
        assert len(groups) == 5
        for group in groups:
            ask = self.reader(standin, group)
            assert set(ask.dashboards()) == {number for number, readers in homes.items() if group in readers}
            for number, readers in homes.items():
                may = group in readers
                whole = admin("GET", f"/api/dashboard/{number}")
                cards = [dashcard["card_id"] for dashcard in whole["dashcards"] if dashcard["card_id"] is not None]
                assert ask.status("GET", f"/api/dashboard/{number}") == (200 if may else 403)
                answers = {ask.status("POST", f"/api/card/{card}/query", {}) for card in cards}
                assert answers == {202 if may else 403}
                assert ask.status("PUT", f"/api/dashboard/{number}", {"name": "Lain"}) == 403
            query = {"type": "native", "database": 1, "native": {"query": "select * from marts.rpt_alpa_people"}}
            assert ask.status("POST", "/api/dataset", query) == 403

    def test_who_is_in_no_group_reads_nothing(self, beside):
        standin, _ = beside
        ask = self.reader(standin, "All Users")
        assert ask.dashboards() == []
        assert ask.status("GET", "/api/collection/root/items") == 403

    def test_twin_an_open_door_is_seen_by_readers_and_closed_by_the_next_apply(self, beside):
        standin, settings = beside
        ask, leader = Asked(standin), self.reader(standin, "Pimpinan")
        rincian = ask("GET", f"/api/dashboard/{book(settings)['dashboard:sekda']}")
        open_door = {"1": {str(rincian["collection_id"]): "read"}}
        ask("PUT", "/api/collection/graph?force=true", {"groups": open_door})
        assert leader.status("GET", f"/api/dashboard/{rincian['id']}") == 200
        assert counts(apply(settings)) == NOTHING | {"updated": 1}
        assert leader.status("GET", f"/api/dashboard/{rincian['id']}") == 403

    def test_nothing_is_public_and_nothing_calls_home(self, beside):
        standin, _ = beside
        settings = standin.state.settings
        assert (settings["enable-public-sharing"], settings["anon-tracking-enabled"]) == (False, False)
        assert (settings["site-locale"], settings["report-timezone"]) == ("id", "Asia/Jakarta")
        assert Asked(standin).status("POST", "/api/dashboard/1/public_link") == 400


def _group(standin, name):
    return next(number for number, known in standin.state.groups.items() if known == name)
