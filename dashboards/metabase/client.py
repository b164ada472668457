"""Talks to one Metabase through the raw verbs of metabase-api; whatever goes wrong is a typed error without secrets."""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping
from typing import Any, Final, Literal
from urllib.parse import urlsplit

import requests
from metabase_api import Metabase_API

from warehouse.console import Exit, Problem

Verb = Literal["get", "post", "put", "delete"]
TIMEOUT_S: Final = (5.0, 60.0)  # to connect, between two bytes of the answer
PAUSE_S: Final = 1.0
MOST_ERROR_LETTERS: Final = 300
_log: Final = logging.getLogger(__name__)


class MetabaseAway(Problem):
    """Nobody answers, or only with an error of the server's own (exit code 4)."""

    def __init__(self, message: str) -> None:
        super().__init__(message, Exit.NOBODY_THERE)


class MetabaseRefused(Problem):
    """Metabase answers and refuses; `status` is that of HTTP (exit code 3)."""

    def __init__(self, message: str, status: int) -> None:
        super().__init__(message, Exit.REFUSED)
        self.status = status


class _Transport(Metabase_API):  # type: ignore[misc]  # untyped library
    """metabase-api without its constructor, which asks the server without a timeout.

    Without an e-mail address it also leaves out its question before each call whether the session is still good.
    """

    def __init__(self, url: str, header: Mapping[str, str]) -> None:
        self.domain = url
        self.header = dict(header)
        self.email = None
        self.auth = None


class MetabaseClient:
    """One server, one identity.

    Args:
        url: address with scheme, from HADIR_METABASE_URL.
        header: the API key or the session; empty before signing in.
        secrets: texts that must not stand in an error even when the server repeats them.
    """

    def __init__(self, url: str, header: Mapping[str, str] | None = None, secrets: tuple[str, ...] = ()) -> None:
        self.url: Final = url.rstrip("/")
        self.request_count = 0
        self._secrets = (*secrets, *(header or {}).values())
        self._transport = _Transport(self.url, header or {})
        self._name = urlsplit(self.url).netloc.rsplit("@")[-1]

    def get(self, path: str, params: Mapping[str, Any] | None = None) -> Any:
        """The answer's JSON."""
        return self._call("get", path, params=params)

    def post(self, path: str, body: Any = None, *, is_repeatable: bool = False) -> Any:
        """The answer's JSON. A lost connection is not tried again unless the call may happen twice."""
        return self._call("post", path, json=body if body is not None else {}, is_repeatable=is_repeatable)

    def put(self, path: str, body: Any) -> Any:
        """The answer's JSON, None for an empty one."""
        return self._call("put", path, json=body)

    def delete(self, path: str) -> Any:
        """For what cannot be archived: an API key that was made for a test."""
        return self._call("delete", path)

    def _call(self, verb: Verb, path: str, *, is_repeatable: bool = True, **request: Any) -> Any:
        answer = self._send(verb, path, **request) if not is_repeatable else self._send_again(verb, path, **request)
        if answer is None or answer.status_code >= 500:
            raise MetabaseAway(self._away(f"{verb.upper()} {path}", answer))
        if answer.status_code >= 400:
            raise MetabaseRefused(self._refusal(f"{verb.upper()} {path}", answer), answer.status_code)
        if not answer.content:
            return None
        try:
            return answer.json()
        except requests.JSONDecodeError:
            return answer.text

    def _send_again(self, verb: Verb, path: str, **request: Any) -> requests.Response | None:
        """Once more after a lost connection (Metabase 0.59 drops kept ones) or an error of the server's own."""
        answer = self._send(verb, path, **request)
        if answer is not None and answer.status_code < 500:
            return answer
        time.sleep(PAUSE_S)
        return self._send(verb, path, **request)

    def _send(self, verb: Verb, path: str, **request: Any) -> requests.Response | None:
        """The answer, or None when there is none."""
        self.request_count += 1
        try:
            answer: requests.Response = getattr(self._transport, verb)(path, "raw", timeout=TIMEOUT_S, **request)
        except (requests.ConnectionError, requests.Timeout) as error:
            _log.debug("%s %s: %s", verb, path, type(error).__name__)
            return None
        except requests.RequestException as error:
            raise Problem(
                f"HADIR_METABASE_URL bukan alamat yang dapat dipakai: {type(error).__name__}.", Exit.WRONG_USE
            ) from None
        _log.debug("%s %s: %s", verb, path, answer.status_code)
        return answer

    def _away(self, call: str, answer: requests.Response | None) -> str:
        if answer is None:
            return f"Metabase di {self._name} tidak menjawab ({call}); periksa HADIR_METABASE_URL dan servernya."
        return f"Metabase di {self._name} sedang bermasalah ({call}: {answer.status_code}). {self._told(answer)}"

    def _refusal(self, call: str, answer: requests.Response) -> str:
        if answer.status_code == 401:
            return f"Metabase di {self._name} menolak kunci atau kata sandi; periksa rahasia metabase_api_key."
        if answer.status_code == 403:
            return f"Metabase di {self._name} tidak mengizinkan {call}; kunci harus milik administrator."
        return f"Metabase di {self._name} menolak {call} ({answer.status_code}). {self._told(answer)}"

    def _told(self, answer: requests.Response) -> str:
        text = answer.text
        for secret in self._secrets:
            text = text.replace(secret, "***")
        return text[:MOST_ERROR_LETTERS]
