"""Who sees what: a group per audience, read on its own collections; everybody else nothing, nobody writes queries."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from dashboards.metabase.client import MetabaseClient, MetabaseRefused
from dashboards.metabase.compile import Access
from dashboards.metabase.instance import DATABASE_KEY
from dashboards.metabase.result import Result

ALL_USERS: Final = 1
ROOT: Final = "root"
STALE: Final = 409
Grants = dict[str, dict[str, Any]]


@dataclass(slots=True)
class Permissions:
    """One pass over groups and both graphs; of a graph only our groups' and our collections' entries are touched."""

    client: MetabaseClient
    result: Result
    ids: dict[str, int]

    def close(self, accesses: Sequence[Access]) -> None:
        """Before anything of ours is there to be read: nobody sees the root collection, nobody writes SQL.

        A new server lets everybody do both, and a new collection begins with the rights of the one above it.
        """
        self._bring_groups([access.group for access in accesses])
        self._bring_graph("root", "/api/collection/graph", self._collection_grants(accesses), "none")
        self._bring_graph("data", "/api/permissions/graph", self._data_grants(accesses), "no")

    def open(self, accesses: Sequence[Access]) -> None:
        """When all is in its place: each group reads its own."""
        self._bring_graph("collection", "/api/collection/graph", self._collection_grants(accesses), "none")

    def _bring_groups(self, names: Sequence[str]) -> None:
        present = {group["name"]: group["id"] for group in self.client.get("/api/permissions/group")}
        for name in names:
            key = f"group:{name}"
            self.result.add("unchanged" if name in present else "created", key)
            if name not in present and not self.result.is_plan:
                present[name] = self.client.post("/api/permissions/group", {"name": name})["id"]
            if name in present:
                self.ids[key] = present[name]

    def _collection_grants(self, accesses: Sequence[Access]) -> Grants:
        """Our groups and All Users over those collections of ours that are known: read one's own, nothing else."""
        ours = {key: id_ for key, id_ in self.ids.items() if key.startswith("collection:")}
        nothing = {ROOT: "none", **{str(id_): "none" for id_ in ours.values()}}
        grants: Grants = {str(ALL_USERS): nothing}
        for access in accesses:
            group = self.ids.get(f"group:{access.group}")
            if group is not None:
                own = {str(ours[key]): "read" for key in access.collections if key in ours}
                grants[str(group)] = {**nothing, **own}
        return grants

    def _data_grants(self, accesses: Sequence[Access]) -> Grants:
        database = self.ids.get(DATABASE_KEY)
        if database is None:
            return {}
        groups = [ALL_USERS, *(self.ids[f"group:{a.group}"] for a in accesses if f"group:{a.group}" in self.ids)]
        return {str(group): {str(database): {"view-data": "unrestricted", "create-queries": "no"}} for group in groups}

    def _bring_graph(self, name: str, path: str, wanted: Grants, nothing: str) -> None:
        """Sends the entries that differ. Somebody else may change the graph meanwhile: then it is read once more."""
        for is_last in (False, True):
            graph = self.client.get(path)
            changed = _differences(graph["groups"], wanted, nothing)
            if not changed or self.result.is_plan:
                break
            try:
                self.client.put(path, {"revision": graph["revision"], "groups": changed})
                break
            except MetabaseRefused as refused:
                if refused.status != STALE or is_last:
                    raise
        self.result.add("updated" if changed else "unchanged", f"graph:{name}")


def _differences(present: Grants, wanted: Grants, nothing: str) -> Grants:
    """The wanted entries that do not hold yet. An entry that is absent means `nothing`."""
    changed: Grants = {}
    for group, grants in wanted.items():
        there = present.get(group) or {}
        differing = {
            key: value for key, value in grants.items() if _level(there.get(key), nothing) != _level(value, nothing)
        }
        if differing:
            changed[group] = differing
    return changed


def _level(grant: Any, nothing: str) -> Any:
    """What is ours of an entry: of a database's only who may write queries, the rest is not decided by us in OSS."""
    if isinstance(grant, dict):
        return grant.get("create-queries", nothing)
    return grant or nothing
