"""A headless Chromium, spoken to through its debugging pipe: opens a page and tells what it asked for and said."""

import fcntl
import json
import os
import shutil
import subprocess
from base64 import b64decode
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")

_FLAGS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-default-apps",
    "--remote-debugging-pipe",
]  # fmt: skip


class Opened(NamedTuple):
    """What happened when a page was opened: URLs asked for, and errors or warnings on the console."""

    requests: list[str]
    complaints: list[str]


class Browser:
    def __init__(self, write: int, read: int) -> None:
        self._write, self._read = write, read
        self._serial = 0
        self._rest = b""
        self._session: str | None = None
        self._target = ""
        self.heard: list[dict[str, Any]] = []

    def call(self, method: str, **params: Any) -> dict[str, Any]:
        self._serial += 1
        message = {"id": self._serial, "method": method, "params": params}
        if self._session:
            message["sessionId"] = self._session
        os.write(self._write, json.dumps(message).encode() + b"\0")
        while (answer := self._next()).get("id") != self._serial:
            self.heard.append(answer)
        assert "error" not in answer, answer
        return dict(answer["result"])

    def open(
        self, url: str, *, width: int = 1440, height: int = 1000, scheme: str = "light", media: str = ""
    ) -> Opened:
        self._target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self._session = self.call("Target.attachToTarget", targetId=self._target, flatten=True)["sessionId"]
        for domain in ("Page", "Network", "Log", "Runtime"):
            self.call(f"{domain}.enable")
        self.call(
            "Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=width < 500
        )
        self.call(
            "Emulation.setEmulatedMedia", media=media, features=[{"name": "prefers-color-scheme", "value": scheme}]
        )
        self.heard.clear()
        self.call("Page.navigate", url=url)
        while not any(said.get("method") == "Page.loadEventFired" for said in self.heard):
            self.heard.append(self._next())
        self.evaluate("new Promise(done => setTimeout(done, 200))")  # what a page asks for late
        return Opened(
            [
                said["params"]["request"]["url"]
                for said in self.heard
                if said.get("method") == "Network.requestWillBeSent"
            ],
            [json.dumps(said["params"]) for said in self.heard if _complains(said)],
        )

    def evaluate(self, script: str) -> Any:
        answer = self.call("Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True)
        assert "exceptionDetails" not in answer, answer
        return answer["result"].get("value")

    def screenshot(self, path: Path, *, whole: bool = False) -> None:
        answer = self.call("Page.captureScreenshot", format="png", captureBeyondViewport=whole)
        path.write_bytes(b64decode(answer["data"]))

    def leave(self) -> None:
        """Closes the page that was opened last."""
        target, self._session = self._target, None
        self.call("Target.closeTarget", targetId=target)

    def _next(self) -> dict[str, Any]:
        while b"\0" not in self._rest:
            more = os.read(self._read, 1 << 16)
            assert more, "Chromium went away"
            self._rest += more
        message, _, self._rest = self._rest.partition(b"\0")
        return dict(json.loads(message))


def _complains(said: dict[str, Any]) -> bool:
    method = said.get("method")
    if method == "Log.entryAdded":
        return said["params"]["entry"]["level"] in ("error", "warning")
    return method in ("Runtime.exceptionThrown", "Runtime.consoleAPICalled", "Network.loadingFailed")


@contextmanager
def browser(profile: Path) -> Iterator[Browser]:
    """A fresh browser with a fresh profile; ends with the block."""
    assert CHROMIUM
    to_read, to_write = os.pipe()
    from_read, from_write = os.pipe()
    child_in, child_out = (fcntl.fcntl(fd, fcntl.F_DUPFD, 20) for fd in (to_read, from_write))

    def hand_over() -> None:
        os.dup2(child_in, 3)
        os.dup2(child_out, 4)

    process = subprocess.Popen(
        [CHROMIUM, *_FLAGS, f"--user-data-dir={profile}", "about:blank"],
        preexec_fn=hand_over,  # noqa: PLW1509 - Chromium wants its pipe at 3 and 4; nothing here has threads
        pass_fds=(3, 4),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    for fd in (to_read, from_write, child_in, child_out):
        os.close(fd)
    try:
        yield Browser(to_write, from_read)
    finally:
        process.terminate()
        process.wait(20)
        os.close(to_write)
        os.close(from_read)
