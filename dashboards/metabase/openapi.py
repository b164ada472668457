"""Our request bodies against the description that a Metabase serves of itself (OpenAPI 3.1 is JSON Schema)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from jsonschema import Draft202012Validator  # type: ignore[import-untyped]  # comes with Airflow and dbt

from dashboards.metabase.content import first_body, with_old_ids
from dashboards.metabase.objects import Body, Model


class Described:
    """The server's own document; `used` are the endpoints that it describes and that were compared."""

    def __init__(self, document: Body) -> None:
        self._components = document.get("components") or {}
        self._paths = {_plain(path): verbs for path, verbs in document["paths"].items()}
        self.used: set[str] = set()

    def fault(self, model: Model, body: Body) -> str | None:
        """What the document finds wrong with the bodies by which we make and change an object; None if nothing."""
        for verb, path, sent in _requests(model, body):
            try:
                content = self._paths[_plain(path)][verb]["requestBody"]["content"]
                schema = content["application/json"]["schema"]
            except KeyError:
                continue
            self.used.add(f"{verb} {path}")
            validator = Draft202012Validator({"components": self._components, **schema})
            error = next(validator.iter_errors(sent), None)
            if error is not None:
                place = "/".join(str(step) for step in error.absolute_path)
                return f"{verb.upper()} {path} {place}: {error.message[:200]}"
        return None


def _plain(path: str) -> str:
    """`/api/card/` and `/api/card` are one endpoint, whatever it calls its ids."""
    return re.sub(r"\{[^}]*\}", "{}", path.rstrip("/"))


def _requests(model: Model, body: Body) -> Iterator[tuple[str, str, Body]]:
    yield "post", f"/api/{model}", first_body(body)
    yield "put", f"/api/{model}/{{id}}", with_old_ids(body, {})
