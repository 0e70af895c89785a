"""Chromium without a window, driven through the pipes of its DevTools protocol."""

import json
import os
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Self

_PATIENCE = 60
_PAUSE = 0.2
_CHROMIUM = (
    *("chromium", "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"),
    "--remote-debugging-pipe",
)
# Chromium reads what it is told from its descriptor 3, and answers on 4.
_AT_3_AND_4 = 'exec "${@:3}" 3<&"$1" 4>&"$2"'


class Browser:
    """One page of a browser with a profile of its own."""

    def __init__(self, profile: Path, url: str) -> None:
        theirs_in, self._out = os.pipe()
        self._in, theirs_out = os.pipe()
        pipes = (str(theirs_in), str(theirs_out))
        self._process = subprocess.Popen(
            ["bash", "-c", _AT_3_AND_4, "bash", *pipes, *_CHROMIUM, f"--user-data-dir={profile}"],
            pass_fds=(theirs_in, theirs_out),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        os.close(theirs_in)
        os.close(theirs_out)
        self._asked = 0
        self._heard = b""
        self._page: dict[str, str] = {}
        target = self.ask("Target.createTarget", url=url)["targetId"]
        attached = self.ask("Target.attachToTarget", targetId=target, flatten=True)
        self._page = {"sessionId": attached["sessionId"]}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.wait()
        os.close(self._in)
        os.close(self._out)

    def ask(self, method: str, **params: Any) -> Any:
        """The result of a method of the protocol."""
        self._asked += 1
        message = {"id": self._asked, "method": method, "params": params} | self._page
        os.write(self._out, json.dumps(message).encode() + b"\0")
        while (answer := self._next()).get("id") != self._asked:
            pass
        assert "error" not in answer, answer
        return answer["result"]

    def evaluate(self, script: str) -> Any:
        """The value of a piece of JavaScript; None if it has none."""
        return self.ask("Runtime.evaluate", expression=script, returnByValue=True)["result"].get(
            "value"
        )

    def await_value(self, script: str) -> Any:
        """The first value of a piece of JavaScript that is true."""
        return self.act_until(script, lambda: time.sleep(_PAUSE))

    def act_until(self, script: str, act: Callable[[], object]) -> Any:
        """The same, where something is to be done again as long as there is none."""
        patience = time.monotonic() + _PATIENCE
        while not (value := self.evaluate(script)):
            assert time.monotonic() < patience, self.evaluate("document.body.innerText")
            act()
        return value

    def press_shift_enter(self) -> None:
        for kind in ("rawKeyDown", "keyUp"):
            self.ask(
                "Input.dispatchKeyEvent",
                type=kind,
                modifiers=8,
                key="Enter",
                code="Enter",
                windowsVirtualKeyCode=13,
            )

    def _next(self) -> dict[str, Any]:
        while b"\0" not in self._heard:
            piece = os.read(self._in, 1 << 16)
            assert piece, "the browser is gone"
            self._heard += piece
        message, _, self._heard = self._heard.partition(b"\0")
        answer: dict[str, Any] = json.loads(message)
        return answer
