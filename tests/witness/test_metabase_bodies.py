"""What we send, held against the input schemas of Metabase's own command line and against its YAML validator.

The schemas are printed by the installed program at the time of the test; nothing of them is kept here.
"""

from __future__ import annotations

import copy
import re
from functools import cache
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from dashboards.definition import read_dashboards
from dashboards.metabase.compile import compile_dashboards
from dashboards.metabase.provision import apply
from tests.metabase_standin import MetabaseStandIn
from tests.support.metabase_cli import run_node, schemas
from tests.support.metabase_representations import representations, write
from tests.support.metabase_town import forget_everything, pointed_at

pytestmark = pytest.mark.witness
# Which command takes the body of which request; for the others the command line has none.
COMMANDS = {
    "card create": ("POST", r"/api/card"),
    "card update": ("PUT", r"/api/card/\d+"),
    "dashboard create": ("POST", r"/api/dashboard"),
    "dashboard update": ("PUT", r"/api/dashboard/\d+"),
    "collection create": ("POST", r"/api/collection"),
    "field update": ("PUT", r"/api/field/\d+"),
}
# Known from recorded answers of a v0.57 server (facts only): keys and the types of their values.
NONE = type(None)
RECORDED = {
    "card": {
        "id": int, "name": str, "type": str, "display": str, "description": (str, NONE), "archived": bool,
        "query_type": str, "database_id": int, "table_id": (int, NONE), "collection_id": (int, NONE),
        "dashboard_id": (int, NONE), "entity_id": str, "creator_id": int, "dataset_query": dict, "legacy_query": str,
        "card_schema": int, "visualization_settings": dict, "parameters": list, "parameter_mappings": list,
        "cache_ttl": (int, NONE), "enable_embedding": bool, "created_at": str, "updated_at": str,
        "archived_directly": bool, "collection": dict, "creator": dict, "can_write": bool, "public_uuid": (str, NONE),
        "collection_position": (int, NONE), "metabase_version": str, "is_remote_synced": bool,
    },
    "dashboard": {
        "id": int, "name": str, "description": (str, NONE), "archived": bool, "collection_id": (int, NONE),
        "creator_id": int, "entity_id": str, "width": str, "auto_apply_filters": bool, "parameters": list,
        "dashcards": list, "tabs": list, "enable_embedding": bool, "public_uuid": (str, NONE), "param_fields": dict,
        "cache_ttl": (int, NONE), "show_in_getting_started": bool, "can_write": bool, "collection": dict,
    },
    "dashcard": {
        "id": int, "dashboard_id": int, "card_id": (int, NONE), "dashboard_tab_id": (int, NONE), "row": int, "col": int,
        "size_x": int, "size_y": int, "entity_id": str, "series": list, "visualization_settings": dict,
        "parameter_mappings": list, "inline_parameters": (list, NONE), "action_id": (int, NONE), "created_at": str,
        "updated_at": str,
    },
    "item": {
        "id": int, "model": str, "name": str, "description": (str, NONE), "archived": bool, "entity_id": str,
        "collection_id": (int, NONE), "database_id": (int, NONE), "can_write": bool, "location": (str, NONE),
    },
    "collection": {
        "id": (int, str), "name": str, "is_personal": bool, "can_write": bool, "authority_level": (str, NONE),
        "can_delete": bool, "can_restore": bool, "is_remote_synced": bool,
    },
    "database": {
        "id": int, "name": str, "engine": str, "details": dict, "initial_sync_status": str, "auto_run_queries": bool,
        "is_full_sync": bool, "is_on_demand": bool, "timezone": str, "features": list, "native_permissions": str,
    },
    "field": {
        "id": int, "table_id": int, "name": str, "display_name": str, "base_type": str, "database_type": str,
        "semantic_type": (str, NONE), "has_field_values": str, "visibility_type": str, "position": int, "active": bool,
    },
}  # fmt: skip
SHOWN_FIELD_VALUES = {"list", "none"}  # "auto-list" is taken and never answered


@cache
def validator(command: str, folder: Path) -> Draft202012Validator:
    schema = schemas(command, folder)["inputSchema"]
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema)


@pytest.fixture(scope="module")
def bodies(provisioned):
    """What the apply sent, by command; a second one, after a change by hand, so that cards are updated too."""
    for number in provisioned.standin.state.cards:
        provisioned.ask("PUT", f"/api/card/{number}", {"archived": True})
    provisioned.standin.seen.clear()
    apply(provisioned.settings)
    seen = (*provisioned.sent, *provisioned.standin.seen)
    return {
        command: [s.body for s in seen if s.method == method and re.fullmatch(path, s.path)]
        for command, (method, path) in COMMANDS.items()
    }


@pytest.mark.parametrize("command", COMMANDS)
def test_each_body_that_we_send_is_valid(bodies, command, tmp_path_factory):
    assert bodies[command]
    check = validator(command, tmp_path_factory.getbasetemp())
    faults = [(body.get("name"), error.message) for body in bodies[command] for error in check.iter_errors(body)]
    assert faults == []


@pytest.mark.parametrize(
    ("command", "broken"),
    [
        ("card create", {"name": ""}),
        ("card create", {"display": None}),
        ("card create", {"description": ""}),
        ("card create", {"visualization_settings": []}),
        ("card create", {"dataset_query": "select 1"}),
        ("card create", {"collection_id": "root"}),
        ("card create", {"type": "pertanyaan"}),
        ("card update", {"archived": "ya"}),
        ("dashboard create", {"parameters": [{"id": "x", "type": "string/like"}]}),
        ("dashboard update", {"width": "wide"}),
        ("dashboard update", {"tabs": [{"name": "tanpa id"}]}),
        ("collection create", {"description": ""}),
        ("collection create", {"parent_id": "root"}),
        ("field update", {"has_field_values": "daftar"}),
    ],
)
def test_twin_a_broken_body_is_refused(bodies, command, broken, tmp_path_factory):
    body = bodies[command][0] | broken
    assert not validator(command, tmp_path_factory.getbasetemp()).is_valid(body)


@pytest.mark.parametrize(
    "broken", [{"size_x": "12"}, {"id": None}, {"row": -1}, {"card_id": 0}, {"parameter_mappings": [{"target": 1}]}]
)
def test_twin_a_broken_dashcard_is_refused(bodies, broken, tmp_path_factory):
    body = copy.deepcopy(bodies["dashboard update"][0])
    body["dashcards"][-1] |= broken
    assert not validator("dashboard update", tmp_path_factory.getbasetemp()).is_valid(body)


def test_the_first_set_up_is_valid_too(sample_marts, tmp_path):
    with MetabaseStandIn(65, is_set_up=False) as fresh:
        settings = pointed_at(sample_marts, fresh, tmp_path)
        (settings.secrets_dir / "metabase_api_key").unlink(missing_ok=True)
        forget_everything(settings)
        apply(settings)
        (body,) = [seen.body for seen in fresh.seen if seen.path == "/api/setup"]
        forget_everything(settings)
    check = validator("setup", tmp_path)
    assert [error.message for error in check.iter_errors(body)] == []
    assert not check.is_valid(body | {"prefs": {}})


class TestRecordedFacts:
    """The stand-in's answers have the keys and types that recordings of a real server have."""

    @staticmethod
    def answers(provisioned):
        ask, numbers = provisioned.ask, provisioned.numbers
        dashboard = ask("GET", f"/api/dashboard/{numbers['dashboard:sekda']}")
        card = ask("GET", f"/api/card/{numbers['card:sekda/alpa_people']}")
        items = ask("GET", f"/api/collection/{card['collection_id']}/items")["data"]
        tables = ask("GET", "/api/database/1/metadata")["tables"]
        return {
            "card": [card],
            "dashboard": [dashboard],
            "dashcard": dashboard["dashcards"],
            "item": items,
            "collection": ask("GET", "/api/collection"),
            "database": ask("GET", "/api/database")["data"],
            "field": [field for table in tables for field in table["fields"]],
        }

    def test_keys_and_types(self, provisioned):
        answers = self.answers(provisioned)
        for kind, facts in RECORDED.items():
            assert answers[kind], kind
            assert faults(answers[kind], facts) == [], kind
        assert {field["has_field_values"] for field in answers["field"]} == SHOWN_FIELD_VALUES
        assert {database["details"]["password"] for database in answers["database"]} == {"**MetabasePass**"}

    def test_twin_another_form_is_noticed(self, provisioned):
        (card,) = self.answers(provisioned)["card"]
        assert faults([card | {"id": "1"}], RECORDED["card"]) == ["id: str"]
        del card["entity_id"]
        assert faults([card], RECORDED["card"]) == ["entity_id"]


def faults(answers, facts):
    found = []
    for answer in answers:
        for name, kinds in facts.items():
            if name not in answer:
                found.append(name)
            elif not isinstance(answer[name], kinds) or (isinstance(answer[name], bool) and kinds is int):
                found.append(f"{name}: {type(answer[name]).__name__}")
    return found


class TestRepresentations:
    """Metabase's validator of its own YAML, on our definition written as such YAML."""

    @pytest.fixture(scope="class")
    def documents(self):
        return representations(compile_dashboards(read_dashboards()))

    @staticmethod
    def validated(documents, folder):
        write(documents, folder)
        return run_node("representations", "validate-schema", "--folder", str(folder), folder=folder)

    def test_our_definition_is_valid(self, documents, tmp_path):
        done = self.validated(documents, tmp_path)
        assert done.returncode == 0, done.stdout + done.stderr
        assert str(len(documents)) in done.stdout  # it has looked at each of them

    @pytest.mark.parametrize(
        ("model", "broken"),
        [
            ("Card", {"display": "tabel"}),
            ("Card", {"dataset_query": {"type": "native", "database": "Kehadiran", "native": {"query": "select 1"}}}),
            ("Card", {"entity_id": "terlalu-pendek"}),
            ("Card", {"creator_id": 1}),
            ("Dashboard", {"width": "wide"}),
            ("Dashboard", {"dashcards": [{"row": 0, "col": 0, "size_x": 30, "size_y": 1}]}),
            ("Collection", {"serdes/meta": []}),
        ],
    )
    def test_twin_a_broken_document_is_refused(self, documents, tmp_path, model, broken):
        name, document = next((n, d) for n, d in documents.items() if d["serdes/meta"][0]["model"] == model)
        assert self.validated({name: document | broken}, tmp_path).returncode != 0
