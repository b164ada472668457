"""Endpoints of the stand-in for its administration: sign-in, set-up, keys, settings, people, groups, permissions."""

from __future__ import annotations

import secrets
import uuid
from typing import Any
from zoneinfo import available_timezones

from tests.metabase_standin.checks import flag, mapping, one_of, text, text_or_null
from tests.metabase_standin.routing import NOT_FOUND, PLAIN, Answer, Call, Refused, invalid, route
from tests.metabase_standin.state import ADMINISTRATORS, ALL_USERS, ROOT, StandInState, Thing, entity_id, found, now

STALE = (
    "Looks like someone else edited the permissions and your data is out of date. Please fetch new data and try again."
)
CREATE_QUERIES = frozenset({"no", "query-builder", "query-builder-and-native"})
PERSONAL_KEYS = (
    "id", "email", "first_name", "last_name", "common_name", "is_qbnewb", "is_active", "date_joined", "last_login",
    "updated_at", "locale", "sso_source", "tenant_id", "login_attributes",
)  # fmt: skip


@route("GET", "/api/health", public=True)
def health(_state: StandInState, _call: Call) -> Any:
    return {"status": "ok"}


@route("GET", "/api/session/properties", public=True)
def properties(state: StandInState, _call: Call) -> Any:
    return {
        "version": {"tag": f"v0.{state.version}.3", "date": "2026-01-05", "branch": "release", "hash": "0000000"},
        "setup-token": state.setup_token, "has-user-setup": bool(state.users), "token-features": {"sandboxes": False},
        "email-configured?": False, "engines": {"postgres": {"driver-name": "PostgreSQL"}},
        "site-locale": state.settings["site-locale"], "enable-public-sharing": state.settings["enable-public-sharing"],
        "report-timezone-short": "UTC",
    }  # fmt: skip


@route("POST", "/api/session", public=True)
def sign_in(state: StandInState, call: Call) -> Any:
    body = call.fields()
    username, password = text(body, "username"), text(body, "password")
    for user_id, user in state.users.items():
        if user["email"] == username and user["is_active"] and state.passwords.get(user_id) == password:
            return {"id": _session(state, user_id)}
    return Answer(401, {"errors": {"password": "did not match stored password"}})


def _session(state: StandInState, user_id: int) -> str:
    session = str(uuid.uuid4())
    state.sessions[session] = user_id
    return session


@route("POST", "/api/setup", public=True)
def set_up(state: StandInState, call: Call) -> Any:
    body = call.fields()
    if state.users:
        raise Refused(
            403, "The /api/setup route can only be used to create the first user, however a user currently exists."
        )
    if body.get("token") != state.setup_token:
        raise invalid(token="Token does not match the setup token.")
    user, prefs = mapping(body, "user"), mapping(body, "prefs")
    text(user, "password")
    state.settings["site-name"] = text(prefs, "site_name")
    if prefs.get("site_locale"):
        state.settings["site-locale"] = text(prefs, "site_locale")
    made = add_user(state, user)
    state.passwords[made["id"]] = user["password"]
    state.add_member(made["id"], ADMINISTRATORS)
    state.setup_token = None
    return {"id": _session(state, made["id"])}


def add_user(state: StandInState, given: Thing) -> Thing:
    """A new user with his personal collection."""
    email = text(given, "email")
    if "@" not in email:
        raise invalid(email="value must be a valid email address.")
    if any(user["email"] == email for user in state.users.values()):
        raise invalid(email="Email address already in use.")
    names = [text_or_null(given, "first_name"), text_or_null(given, "last_name")]
    number = state.next_id("user")
    state.users[number] = {
        "id": number, "email": email, "first_name": names[0], "last_name": names[1],
        "common_name": " ".join(filter(None, names)) or email, "is_active": True, "is_qbnewb": True,
        "date_joined": now(), "last_login": None, "updated_at": now(), "locale": None, "sso_source": None,
        "tenant_id": None, "login_attributes": None,
    }  # fmt: skip
    owned = state.next_id("collection")
    state.collections[owned] = {
        "id": owned, "name": f"{state.users[number]['common_name']}'s Personal Collection", "description": None,
        "archived": False, "location": "/", "personal_owner_id": number, "entity_id": entity_id(), "created_at": now(),
    }  # fmt: skip
    return state.users[number]


def shown_user(state: StandInState, number: int) -> Thing:
    """A user as he is answered."""
    user = found(state.users, number)
    caller = state.as_caller(number)
    personal = next((c["id"] for c in state.collections.values() if c["personal_owner_id"] == number), None)
    shown = {name: user.get(name) for name in PERSONAL_KEYS}
    return {
        **shown, "is_superuser": caller.is_admin, "personal_collection_id": personal,
        "user_group_memberships": [{"id": group} for group in sorted(caller.groups)],
        "group_ids": sorted(caller.groups),
    }  # fmt: skip


@route("GET", "/api/user/current")
def current_user(state: StandInState, call: Call) -> Any:
    return shown_user(state, call.caller.user_id)


@route("GET", "/api/user", admin=True)
def list_users(state: StandInState, _call: Call) -> Any:
    people = [shown_user(state, number) for number in state.users if not state.users[number].get("is_key")]
    return {"data": people, "total": len(people), "limit": None, "offset": None}


@route("GET", "/api/user/:id", admin=True)
def one_user(state: StandInState, call: Call) -> Any:
    return shown_user(state, call.id)


@route("POST", "/api/user", admin=True)
def create_user(state: StandInState, call: Call) -> Any:
    made = add_user(state, call.fields())
    for membership in call.fields().get("user_group_memberships") or []:
        if membership["id"] != ALL_USERS:
            state.add_member(made["id"], membership["id"])
    return shown_user(state, made["id"])


@route("PUT", "/api/user/:id/password", admin=True)
def set_password(state: StandInState, call: Call) -> Any:
    found(state.users, call.id)
    state.passwords[call.id] = text(call.fields(), "password")
    return Answer(204)


@route("GET", "/api/api-key", admin=True)
def list_keys(state: StandInState, _call: Call) -> Any:
    return [_shown_key(key) for key in state.api_keys.values()]


@route("POST", "/api/api-key", admin=True)
def create_key(state: StandInState, call: Call) -> Any:
    body = call.fields()
    name, group = text(body, "name"), body.get("group_id")
    if group not in state.groups:
        raise invalid(group_id="value must be an integer greater than zero.")
    if any(key["name"] == name for key in state.api_keys.values()):
        raise invalid(name="An API key with this name already exists.")
    number, secret = state.next_id("api-key"), f"mb_{secrets.token_urlsafe(32)}"
    user_id = state.next_id("user")
    state.users[user_id] = {"id": user_id, "email": f"api-key-user-{uuid.uuid4()}@api-key.invalid", "first_name": name,
                            "last_name": "", "common_name": name, "is_active": True, "is_key": True}  # fmt: skip
    if group != ALL_USERS:
        state.add_member(user_id, group)
    state.api_keys[number] = {
        "id": number, "name": name, "group": {"id": group, "name": state.groups[group]}, "user_id": user_id,
        "unmasked_key": secret, "masked_key": f"{secret[:7]}****", "created_at": now(), "updated_at": now(),
        "updated_by": {"id": call.caller.user_id},
    }  # fmt: skip
    return _shown_key(state.api_keys[number]) | {"unmasked_key": secret}


def _shown_key(key: Thing) -> Thing:
    return {name: value for name, value in key.items() if name not in ("unmasked_key", "user_id")}


@route("DELETE", "/api/api-key/:id", admin=True)
def delete_key(state: StandInState, call: Call) -> Any:
    key = found(state.api_keys, call.id)
    del state.api_keys[call.id]
    state.users[key["user_id"]]["is_active"] = False
    return Answer(204)


@route("GET", "/api/setting", admin=True)
def list_settings(state: StandInState, _call: Call) -> Any:
    return [
        {"key": key, "value": value, "is_env_setting": False, "env_name": f"MB_{key.upper().replace('-', '_')}",
         "description": f"Setting {key}.", "default": None}
        for key, value in sorted(state.settings.items())
    ]  # fmt: skip


@route("GET", "/api/setting/:key", admin=True)
def one_setting(state: StandInState, call: Call) -> Any:
    (key,) = call.ids
    if key not in state.settings:
        raise NOT_FOUND
    value = state.settings[key]
    if isinstance(value, str):
        return Answer(200, value, PLAIN)  # a bare text, not JSON
    return Answer(204) if value is None else value


@route("PUT", "/api/setting/:key", admin=True)
def set_setting(state: StandInState, call: Call) -> Any:
    (key,) = call.ids
    if key not in state.settings:
        raise NOT_FOUND
    body = call.fields()
    if "value" not in body:
        raise invalid(value="missing required key")
    value = body["value"]
    if key == "report-timezone" and value is not None and value not in available_timezones():
        raise invalid(value=f"Invalid timezone: {value}")
    if key in ("enable-public-sharing", "anon-tracking-enabled", "check-for-updates"):
        flag(body, "value")
    state.settings[key] = value
    return Answer(204)


@route("GET", "/api/permissions/group")
def list_groups(state: StandInState, _call: Call) -> Any:
    return [_shown_group(state, number) for number in state.groups]


@route("GET", "/api/permissions/group/:id")
def one_group(state: StandInState, call: Call) -> Any:
    if call.id not in state.groups:
        raise NOT_FOUND
    return _shown_group(state, call.id)


def _shown_group(state: StandInState, number: int) -> Thing:
    count = len(state.users) if number == ALL_USERS else sum(group == number for _, group in state.memberships.values())
    return {
        "id": number,
        "name": state.groups[number],
        "member_count": count,
        "entity_id": None,
        "magic_group_type": None,
    }


@route("POST", "/api/permissions/group", admin=True)
def create_group(state: StandInState, call: Call) -> Any:
    name = text(call.fields(), "name")
    if name in state.groups.values():
        raise invalid(name="A group with that name already exists.")
    number = max(state.groups) + 1
    state.groups[number] = name
    return {"id": number, "name": name}


@route("DELETE", "/api/permissions/group/:id", admin=True)
def delete_group(state: StandInState, call: Call) -> Any:
    if call.id in (ALL_USERS, ADMINISTRATORS):
        raise invalid(id="You cannot edit or delete this group.")
    state.groups.pop(call.id, None)
    state.collection_grants.pop(call.id, None)
    state.data_grants.pop(call.id, None)
    state.memberships = {number: pair for number, pair in state.memberships.items() if pair[1] != call.id}
    return Answer(204)


@route("GET", "/api/permissions/membership", admin=True)
def list_memberships(state: StandInState, _call: Call) -> Any:
    shown: dict[str, list[Thing]] = {}
    for number, (user_id, group_id) in state.memberships.items():
        entry = {"membership_id": number, "group_id": group_id, "user_id": user_id, "is_group_manager": False}
        shown.setdefault(str(user_id), []).append(entry)
    return shown


@route("POST", "/api/permissions/membership", admin=True)
def add_membership(state: StandInState, call: Call) -> Any:
    user_id, group_id = call.fields().get("user_id"), call.fields().get("group_id")
    if user_id not in state.users or group_id not in state.groups:
        raise NOT_FOUND
    if (user_id, group_id) not in state.memberships.values():
        state.add_member(user_id, group_id)
    members = [number for number, (_, group) in state.memberships.items() if group == group_id]
    return [{"membership_id": number, "user_id": state.memberships[number][0]} for number in members]


@route("DELETE", "/api/permissions/membership/:id", admin=True)
def remove_membership(state: StandInState, call: Call) -> Any:
    if state.memberships.pop(call.id, None) is None:
        raise NOT_FOUND
    return Answer(204)


@route("GET", "/api/collection/graph", admin=True)
def collection_graph(state: StandInState, _call: Call) -> Any:
    places = [
        ROOT,
        *(str(n) for n, c in state.collections.items() if c["personal_owner_id"] is None and not c["archived"]),
    ]
    groups = {
        str(group): {place: given[place] for place in places if place in (given := _grants(state, group, places))}
        for group in state.groups
    }  # since 0.56.13 what a group may not see is not named: no "none"
    return {"revision": state.collection_revision, "groups": groups}


def _grants(state: StandInState, group: int, places: list[str]) -> dict[str, str]:
    return dict.fromkeys(places, "write") if group == ADMINISTRATORS else state.collection_grants[group]


@route("PUT", "/api/collection/graph", admin=True)
def set_collection_graph(state: StandInState, call: Call) -> Any:
    groups = mapping(call.fields(), "groups")
    _check_revision(call, state.collection_revision)
    for group, places in groups.items():
        if int(group) not in state.groups:
            raise NOT_FOUND
        if int(group) == ADMINISTRATORS:
            raise Refused(400, "You cannot change permissions for the 'Administrators' group.")
        for place in places:
            if place != ROOT:
                state.collection(int(place))
            one_of(places, place, frozenset({"none", "read", "write"}))
    for group, places in groups.items():
        grants = state.collection_grants[int(group)]
        grants.update(places)
        state.collection_grants[int(group)] = {place: grant for place, grant in grants.items() if grant != "none"}
    state.collection_revision += 1
    return collection_graph(state, call)


def _check_revision(call: Call, current: int) -> None:
    if call.first("force") != "true" and call.fields().get("revision") != current:
        raise Refused(409, STALE)


@route("GET", "/api/permissions/graph", admin=True)
def data_graph(state: StandInState, _call: Call) -> Any:
    everything = {"view-data": "unrestricted", "create-queries": "query-builder-and-native"}
    groups = {
        str(group): {str(db): everything if group == ADMINISTRATORS else state.data_grants[group].get(db, {
            "view-data": "unrestricted", "create-queries": "no"}) for db in state.databases}
        for group in state.groups
    }  # fmt: skip
    return {"revision": state.data_revision, "groups": groups}


@route("PUT", "/api/permissions/graph", admin=True)
def set_data_graph(state: StandInState, call: Call) -> Any:
    groups = mapping(call.fields(), "groups")
    _check_revision(call, state.data_revision)
    for group, databases in groups.items():
        if int(group) not in state.groups or int(group) == ADMINISTRATORS:
            raise Refused(400, "This group cannot be changed.")
        for database, edge in databases.items():
            found(state.databases, int(database))
            one_of(edge, "create-queries", CREATE_QUERIES)
            if edge.get("view-data", "unrestricted") != "unrestricted":
                raise Refused(402, "Blocked permissions are a paid feature.")
    for group, databases in groups.items():
        for database, edge in databases.items():
            state.data_grants[int(group)][int(database)] = {"view-data": "unrestricted", **edge}
    state.data_revision += 1
    return data_graph(state, call)
