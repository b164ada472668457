"""Metabase's own command line reads what we wrote into the stand-in, and writes what we then read.

It parses each answer by strict schemas that its makers run against real servers of v0.58 and later. So a stand-in
that answers in another form than they do is caught here, and not by us who wrote it.
"""

from __future__ import annotations

import copy

import pytest

from dashboards.metabase.provision import apply, plan

pytestmark = pytest.mark.witness
READS = [
    "auth status",
    "db list",
    "db get 1",
    "db get 1 --include tables.fields",
    "db schemas 1",
    "db schema-tables 1 marts",
    "db sync-schema 1 --wait",
    "db rescan-values 1",
    "table list",
    "table get 1",
    "table fields 1",
    "field get 1",
    "field values 1",
    "card list",
    "card get {card}",
    "card query {card}",
    "dashboard list",
    "dashboard get {dashboard}",
    "dashboard cards {dashboard}",
    "dashboard parameter-values {dashboard} {parameter}",
    "dashboard subscriptions {dashboard}",
    "subscription list",
    "collection list",
    "collection get {collection}",
    "collection get root",
    "collection items {collection}",
    "collection items root",
    "collection tree",
    "search Alpa",
    "eid --model card {entity_id}",
    "setting list",
    "setting get site-locale",
]


@pytest.fixture(scope="module")
def names(provisioned):
    """Numbers that stand in for the words in braces."""
    dashboard = provisioned.numbers["dashboard:sekda"]
    card = provisioned.numbers["card:sekda/alpa_people"]
    whole = provisioned.ask("GET", f"/api/dashboard/{dashboard}")
    return {
        "dashboard": dashboard,
        "card": card,
        "collection": whole["collection_id"],
        "parameter": whole["parameters"][0]["id"],
        "entity_id": provisioned.standin.state.cards[card]["entity_id"],
    }


def words(command, names):
    return command.format(**names).split()


@pytest.mark.parametrize("command", READS)
def test_it_reads_what_the_provisioner_wrote(provisioned, names, command):
    whole = () if command == "auth status" else ("--full", "--max-bytes", "0")
    told = provisioned.cli(*words(command, names), *whole)
    assert (told.exit_code, told.complaint) == (0, "")
    assert told.answer not in (None, [], {})


@pytest.mark.parametrize("version", [58, 62, 63])
def test_it_reads_the_queries_of_each_version(provisioned, names, version, monkeypatch):
    monkeypatch.setattr(provisioned.standin.state, "version", version)
    for command in ("card get {card}", "dashboard get {dashboard}"):
        told = provisioned.cli(*words(command, names), "--full", "--max-bytes", "0")
        assert (told.exit_code, told.complaint) == (0, "")


def test_it_sees_our_cards_with_their_numbers(provisioned, names):
    dashboard = provisioned.cli("dashboard", "get", str(names["dashboard"]), "--full", "--max-bytes", "0").answer
    ours = {n for key, n in provisioned.numbers.items() if key.startswith("card:sekda/")}
    assert {card["card_id"] for card in dashboard["dashcards"]} - {None} == ours
    answer = provisioned.cli("card", "query", str(names["card"]), "--full", "--max-bytes", "0").answer
    assert answer["status"] == "completed"
    assert answer["row_count"] == len(answer["data"]["rows"]) == 30
    assert provisioned.cli("setting", "get", "site-locale").answer["value"] == "id"


class TestBrokenAnswers:
    """Twins: an answer that no Metabase gives makes the command line stop."""

    @staticmethod
    def told_of(provisioned, names, command, tamper):
        standin = provisioned.standin
        standin.tamper = lambda method, path, answer: tamper(copy.deepcopy(answer)) if method == "GET" else answer
        try:
            return provisioned.cli(*words(command, names), "--full", "--max-bytes", "0")
        finally:
            standin.tamper = None

    @pytest.mark.parametrize(
        ("command", "broken"),
        [
            ("dashboard get {dashboard}", lambda a: a | {"ordered_cards": a.pop("dashcards")}),
            ("dashboard get {dashboard}", lambda a: a | {"dashcards": [d | {"size_x": "12"} for d in a["dashcards"]]}),
            ("dashboard get {dashboard}", lambda a: without(a, "width")),
            ("dashboard get {dashboard}", lambda a: a | {"width": "wide"}),
            ("dashboard get {dashboard}", lambda a: without(a, "tabs")),
            ("dashboard get {dashboard}", lambda a: a | {"parameters": None}),
            ("dashboard get {dashboard}", lambda a: a | {"parameters": [{"id": "x", "type": "string/like"}]}),
            (
                "dashboard get {dashboard}",
                lambda a: a | {"dashcards": [without(d, "inline_parameters") for d in a["dashcards"]]},
            ),
            ("card get {card}", lambda a: without(a, "query_type")),
            ("card get {card}", lambda a: a | {"type": "pertanyaan"}),
            ("card get {card}", lambda a: a | {"id": str(a["id"])}),
            ("collection items {collection}", lambda a: a | {"data": [without(i, "archived") for i in a["data"]]}),
            ("table fields 1", lambda a: a | {"fields": [f | {"base_type": "text"} for f in a["fields"]]}),
            ("setting list", lambda a: [without(s, "env_name") for s in a]),
        ],
        ids=[
            "ordered_cards", "string sizes", "no width", "unknown width", "no tabs", "no parameters", "unknown filter",
            "no inline_parameters", "no query_type", "unknown type", "string id", "item without archived",
            "unknown base_type", "setting without env_name",
        ],
    )  # fmt: skip
    def test_a_broken_answer_is_refused(self, provisioned, names, command, broken):
        told = self.told_of(provisioned, names, command, broken)
        assert told.exit_code != 0
        assert told.complaint


def without(answer, name):
    return {key: value for key, value in answer.items() if key != name}


class TestItWrites:
    """The command line changes things in the stand-in as a person would; our provisioner then reads them."""

    def test_its_own_objects_are_taken_and_left_alone(self, provisioned, names):
        cli, ask = provisioned.cli, provisioned.ask
        place = cli("collection", "create", body={"name": "Milik orang", "parent_id": names["collection"]}).answer["id"]
        query = {"type": "native", "database": 1, "native": {"query": "select 1 as n"}}
        body = {"name": "Kartu orang", "display": "table", "visualization_settings": {}, "dataset_query": query}
        card = cli("card", "create", body=body | {"collection_id": place}).answer["id"]
        dashboard = cli("dashboard", "create", body={"name": "Dasbor orang", "collection_id": place}).answer["id"]
        dashcard = {"id": -1, "card_id": card, "row": 0, "col": 0, "size_x": 4, "size_y": 3}
        assert cli("dashboard", "update", str(dashboard), body={"dashcards": [dashcard]}).exit_code == 0
        made = ask("GET", f"/api/dashboard/{dashboard}")["dashcards"][0]
        moved = cli("dashboard", "update-dashcard", str(dashboard), str(made["id"]), body={"row": 2})
        assert moved.answer["row"] == 2
        pulse = {
            "name": "Tiap pagi", "dashboard_id": dashboard, "skip_if_empty": False, "parameters": [],
            "cards": [{"id": card, "dashboard_card_id": made["id"], "include_csv": False, "include_xls": False}],
            "channels": [{"channel_type": "email", "enabled": True, "schedule_type": "daily", "schedule_hour": 8,
                          "recipients": [{"id": 1}]}],
        }  # fmt: skip
        assert cli("subscription", "create", body=pulse).exit_code == 0
        before = ask("GET", f"/api/dashboard/{dashboard}")
        changed = apply(provisioned.settings, prune=True)
        # the new collection stands below one of ours: its rights, copied from there, stay what they are
        assert [change.key for change in changed.changes if change.action not in ("unchanged",)] == []
        assert ask("GET", f"/api/dashboard/{dashboard}") == before

    def test_its_change_to_ours_is_seen_and_undone(self, provisioned, names):
        card = str(names["card"])
        assert provisioned.cli("card", "update", card, body={"description": "Diubah dengan tangan"}).exit_code == 0
        planned = [change for change in plan(provisioned.settings).changes if change.action != "unchanged"]
        assert [(change.action, change.key) for change in planned] == [("updated", "card:sekda/alpa_people")]
        apply(provisioned.settings)
        kept = provisioned.cli("card", "get", card, "--full", "--max-bytes", "0").answer
        assert kept["description"] != "Diubah dengan tangan"

    def test_what_it_archives_of_ours_comes_back(self, provisioned, names):
        dashboard = str(names["dashboard"])
        assert provisioned.cli("dashboard", "archive", dashboard).exit_code == 0
        assert provisioned.ask("GET", f"/api/dashboard/{dashboard}")["archived"] is True
        apply(provisioned.settings)
        assert provisioned.ask("GET", f"/api/dashboard/{dashboard}")["archived"] is False

    def test_it_refuses_a_dashboard_with_a_card_that_is_not_there(self, provisioned, names):
        dashcard = {"id": -1, "card_id": 9999, "row": 0, "col": 0, "size_x": 4, "size_y": 3}
        told = provisioned.cli("dashboard", "update", str(names["dashboard"]), body={"dashcards": [dashcard]})
        assert told.exit_code == 2
