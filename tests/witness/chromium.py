"""A real Chromium by its DevTools protocol: what a person does with a form, which a command line cannot."""

from __future__ import annotations

import base64
import json
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from websockets.sync.client import ClientConnection, connect

PATIENCE_S = 30.0


@dataclass
class Tab:
    """One page of the browser; `complaints` is what its console says of policies."""

    wire: ClientConnection
    asked: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)
    _number: int = 0

    def call(self, method: str, **params: Any) -> dict[str, Any]:
        """One command and its answer; events on the way are kept."""
        self._number += 1
        self.wire.send(json.dumps({"id": self._number, "method": method, "params": params}))
        while True:
            message = json.loads(self.wire.recv(timeout=PATIENCE_S))
            if message.get("id") == self._number:
                return message["result"]
            self._keep(message)

    def _keep(self, event: dict[str, Any]) -> None:
        if event.get("method") == "Network.requestWillBeSent":
            self.asked.append(event["params"]["request"]["url"])
        if event.get("method") == "Log.entryAdded" and "Content Security Policy" in event["params"]["entry"]["text"]:
            self.complaints.append(event["params"]["entry"]["text"])

    def ask(self, expression: str) -> Any:
        """The value of a JavaScript expression in the page."""
        return self.call("Runtime.evaluate", expression=expression, returnByValue=True)["result"].get("value")

    def go(self, address: str) -> None:
        """Opens an address and waits for it."""
        self.call("Page.navigate", url=address)
        self.wait_for("document.readyState === 'complete'")

    def wait_for(self, expression: str) -> None:
        """Waits until the expression is true in the page."""
        deadline = time.monotonic() + PATIENCE_S
        while not self.ask(expression):
            assert time.monotonic() < deadline, f"{expression}: {self.ask('location.href + document.body.innerText')}"
            time.sleep(0.05)

    def picture(self, path: Path, width: int, height: int) -> None:
        """The page as a PNG of this size."""
        metrics = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
        self.call("Emulation.setDeviceMetricsOverride", **metrics)
        path.write_bytes(base64.b64decode(self.call("Page.captureScreenshot")["data"]))


@contextmanager
def open_tab(browser: str, flags: tuple[str, ...], profile: Path) -> Iterator[Tab]:
    """Starts a browser with a fresh profile and gives its only page."""
    command = [browser, *flags, f"--user-data-dir={profile}", "--remote-debugging-port=0", "about:blank"]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        port = _port(profile)
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/json", timeout=PATIENCE_S) as answer:
            [target] = [each for each in json.load(answer) if each["type"] == "page"]
        with connect(target["webSocketDebuggerUrl"], max_size=None, compression=None) as wire:
            tab = Tab(wire)
            for domain in ("Page", "Network", "Log", "Runtime"):
                tab.call(f"{domain}.enable")
            yield tab
    finally:
        process.terminate()
        process.wait()


def _port(profile: Path) -> int:
    told = profile / "DevToolsActivePort"
    deadline = time.monotonic() + PATIENCE_S
    while not (told.exists() and told.read_text(encoding="ascii").strip()):
        assert time.monotonic() < deadline, "Chromium does not start"
        time.sleep(0.05)
    return int(told.read_text(encoding="ascii").splitlines()[0])
