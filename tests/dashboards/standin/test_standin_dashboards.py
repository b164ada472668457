"""Dashboards, filters, archives and permissions of the stand-in."""

from __future__ import annotations

import pytest
import requests

from tests.support.standin_client import Client, card, field_tag, native


@pytest.mark.db
class TestDashboards:
    @pytest.fixture
    def two_cards(self, ask, database):
        number, fields = database
        sql = "select opd_code from marts.rpt_office where true [[and {{opd}}]] order by 1"
        for _ in range(2):
            ask("POST", "/api/card", card(number, sql, field_tag("opd", fields["opd_code"])))
        parameter = {"id": "p1", "name": "OPD", "slug": "opd", "type": "string/="}
        ask(
            "POST",
            "/api/dashboard",
            {"name": "D", "parameters": [parameter], "dashcards": [{"id": -1}], "width": "full"},
        )
        return database

    @staticmethod
    def dashcard(number, card_id, **more):
        mapping = {"parameter_id": "p1", "card_id": card_id, "target": ["dimension", ["template-tag", "opd"]]}
        place = {"row": 0, "col": 0, "size_x": 12, "size_y": 4, "parameter_mappings": [mapping]}
        return {"id": number, "card_id": card_id, **place, **more}

    def test_a_post_ignores_its_dashcards_and_a_put_replaces_them_all(self, ask, two_cards):
        shown = ask("GET", "/api/dashboard/1")
        assert (shown["dashcards"], shown["width"], "ordered_cards" in shown) == ([], "fixed", False)
        both = [self.dashcard(-1, 1), self.dashcard(-2, 2)]
        made = ask("PUT", "/api/dashboard/1", {"width": "full", "dashcards": both})["dashcards"]
        assert [d["id"] for d in made] == [1, 2]
        kept = ask("PUT", "/api/dashboard/1", {"dashcards": [self.dashcard(2, 2, row=5)]})["dashcards"]
        assert [(d["id"], d["row"], d["card"]["id"]) for d in kept] == [(2, 5, 2)]
        ask("PUT", "/api/dashboard/1", {"name": "Lain"})
        assert len(ask("GET", "/api/dashboard/1")["dashcards"]) == 1

    @pytest.mark.parametrize(
        "broken", [{"size_x": "12"}, {"col": 20}, {"id": 99}, {"row": None}, {"card_id": 77}, {"dashboard_tab_id": 3}]
    )
    def test_a_broken_dashcard_is_refused(self, ask, two_cards, broken):
        status = 404 if "card_id" in broken else 400
        ask("PUT", "/api/dashboard/1", {"dashcards": [self.dashcard(-1, 1) | broken]}, status=status)

    def test_a_filter_reaches_the_card_and_its_default_too(self, ask, two_cards):
        ask("PUT", "/api/dashboard/1", {"dashcards": [self.dashcard(-1, 1)]})
        path = "/api/dashboard/1/dashcard/1/card/1/query"
        sent = {"id": "p1", "type": "string/=", "value": ["B"]}
        assert ask("POST", path, {"parameters": [sent]}, status=202)["data"]["rows"] == [["B"]]
        assert ask("POST", path, {}, status=202)["row_count"] == 3
        parameter = {"id": "p1", "name": "OPD", "slug": "opd", "type": "string/=", "default": ["C"]}
        ask("PUT", "/api/dashboard/1", {"parameters": [parameter]})
        assert ask("POST", path, {}, status=202)["data"]["rows"] == [["C"]]
        ask("POST", path, {"parameters": [{"id": "lain", "value": 1}]}, status=400)

    def test_values_of_a_filter(self, ask, two_cards):
        ask("PUT", "/api/dashboard/1", {"dashcards": [self.dashcard(-1, 1)]})
        assert ask("GET", "/api/dashboard/1/params/p1/values")["values"] == []
        ask("PUT", f"/api/field/{two_cards[1]['opd_code']}", {"has_field_values": "list"})
        assert ask("GET", "/api/dashboard/1/params/p1/values")["values"] == [["A"], ["B"], ["C"]]
        assert ask("GET", "/api/dashboard/1/params/p1/search/b")["values"] == [["B"]]

    def test_an_archived_card_leaves_its_dashboard_and_lists(self, ask, two_cards):
        ask("PUT", "/api/dashboard/1", {"dashcards": [self.dashcard(-1, 1), self.dashcard(-2, 2)]})
        ask("PUT", "/api/card/1", {"archived": True})
        assert [d["card_id"] for d in ask("GET", "/api/dashboard/1")["dashcards"]] == [2]
        assert {item["id"] for item in ask("GET", "/api/collection/root/items?models=card")["data"]} == {2}
        assert ask("GET", "/api/collection/root/items?archived=true")["total"] == 1


@pytest.mark.db
class TestPermissions:
    @pytest.fixture
    def divided(self, ask, standin, database):
        """Two collections with a card each; one group reads the first, All Users nothing."""
        for name in ("Pertama", "Kedua"):
            place = ask("POST", "/api/collection", {"name": name})["id"]
            ask("POST", "/api/card", card(database[0], "select 1 as n", collection_id=place))
            ask("POST", "/api/dashboard", {"name": name, "collection_id": place})
        first, second = (c["id"] for c in ask("GET", "/api/collection") if c["name"] in ("Pertama", "Kedua"))
        group = ask("POST", "/api/permissions/group", {"name": "OPD A"})["id"]
        nothing = dict.fromkeys(("root", str(first), str(second)), "none")
        graph = {"revision": 0, "groups": {"1": nothing, str(group): {str(first): "read"}}}
        ask("PUT", "/api/collection/graph", graph)
        closed = {"1": {str(database[0]): {"view-data": "unrestricted", "create-queries": "no"}}}
        ask("PUT", "/api/permissions/graph", {"revision": 0, "groups": closed})
        return Client(standin, standin.mint_key("opd-a", group)), first, second

    def test_a_group_reads_its_collection_and_no_other(self, divided, database):
        reader, first, second = divided
        assert reader("POST", "/api/card/1/query", status=202)["row_count"] == 1
        assert [item["name"] for item in reader("GET", f"/api/collection/{first}/items")["data"]] == [
            "Kartu",
            "Pertama",
        ]
        reader("GET", "/api/dashboard/1")
        for path in ("/api/card/2", "/api/dashboard/2", f"/api/collection/{second}", "/api/collection/root/items"):
            reader("GET", path, status=403)
        reader("POST", "/api/card/2/query", status=403)
        assert [c["id"] for c in reader("GET", "/api/collection") if c["id"] != "root"] == [first]
        assert {hit["id"] for hit in reader("GET", "/api/search?models=card")["data"]} == {1}

    def test_a_reader_writes_nothing_and_asks_no_sql(self, divided, database):
        reader, first, _ = divided
        reader("PUT", "/api/card/1", {"name": "Lain"}, status=403)
        reader("POST", "/api/card", card(database[0], "select 2", collection_id=first), status=403)
        reader("POST", "/api/dataset", native(database[0], "select 2"), status=403)
        for method, path in (
            ("PUT", "/api/setting/site-locale"),
            ("GET", "/api/collection/graph"),
            ("POST", "/api/user"),
        ):
            reader(method, path, {}, status=403)

    def test_twin_with_all_users_open_the_wall_is_gone(self, divided, ask):
        reader, _, second = divided
        ask("PUT", "/api/collection/graph?force=true", {"groups": {"1": {str(second): "read"}}})
        assert reader("POST", "/api/card/2/query", status=202)["row_count"] == 1

    def test_a_named_user_gets_in_through_his_group(self, ask, standin, divided):
        _, first, second = divided
        user = ask("POST", "/api/user", {"email": "budi@opd.example", "first_name": "Budi", "last_name": None})
        ask("PUT", f"/api/user/{user['id']}/password", {"password": "rahasia-1"}, status=204)
        body = {"username": "budi@opd.example", "password": "rahasia-1"}
        session = requests.post(f"{standin.url}/api/session", json=body, timeout=5).json()["id"]

        def status(number):
            headers = {"X-Metabase-Session": session}
            return requests.get(f"{standin.url}/api/collection/{number}", headers=headers, timeout=5).status_code

        assert (status(first), status(second)) == (403, 403)
        ask("POST", "/api/permissions/membership", {"group_id": 3, "user_id": user["id"]})
        assert (status(first), status(second)) == (200, 403)
