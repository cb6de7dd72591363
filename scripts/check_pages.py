"""Measures pages in a headless browser, on a desk's screen and on a phone's:  scripts/check_pages.py PAGE.html ...

For every page: words before the first picture, where the first screen ends at 1280 x 800, width that runs over the
screen, pictures without a text in their place, dates that break, contrast of text, command-line flags in the prose, and
requests to anywhere.  Exits with 1 where a limit is broken.  ``--shots DIR`` keeps pictures of what the browser saw.

It needs Chromium (``--browser`` names it, ``chromium`` by default) and nothing else: it speaks to it through pipes.
"""

from __future__ import annotations

import argparse
import base64
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

SCREENS = {"desk": (1280, 800), "phone": (390, 844)}
MOST_WORDS, LEAST_CONTRAST = 120, 4.5

MEASURE = r"""
(() => {
  const seen = node => { const s = getComputedStyle(node); return s.visibility !== 'hidden' && s.display !== 'none'; };
  const image = document.querySelector('img'), words = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node; (node = walker.nextNode());) {
    if (image && image.compareDocumentPosition(node) & Node.DOCUMENT_POSITION_FOLLOWING) break;
    if (!node.parentElement.closest('style')) words.push(...node.data.split(/\s+/).filter(w =>
  /[\p{L}\p{N}]/u.test(w))); }
  const bottom = Math.max(0, ...[...document.querySelectorAll('.front, .front *')].map(n =>
  n.getBoundingClientRect().bottom)); const luminance = colour => {
    const part = v => { v /= 255; return v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4; };
    return 0.2126 * part(colour[0]) + 0.7152 * part(colour[1]) + 0.0722 * part(colour[2]);
  };
  const rgb = text => { const m = text.match(/[\d.]+/g).map(Number); return m.length > 3 && m[3] === 0 ? null : m; };
  const behind = node => { for (let n = node; n; n = n.parentElement) {
    const c = rgb(getComputedStyle(n).backgroundColor); if (c) return c; } return [255, 255, 255]; };
  const faint = new Map(), broken = [], flags = [];
  const all = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node; (node = all.nextNode());) {
    const parent = node.parentElement;
    if (!node.data.trim() || parent.closest('style') || !seen(parent)) continue;
    const [a, b] = [rgb(getComputedStyle(parent).color) || [0, 0, 0], behind(parent)].map(luminance);
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (ratio < LIMIT) faint.set(parent.className || parent.tagName, ratio.toFixed(2));
    if (!parent.closest('code, pre')) flags.push(...(node.data.match(/(?<![\w-])--[a-z][\w-]+/g) || []));
    for (const date of node.data.matchAll(/\d{4}-\d{2}-\d{2}/g)) {
      const range = document.createRange();
      range.setStart(node, date.index); range.setEnd(node, date.index + 10);
      if (new Set([...range.getClientRects()].map(r => Math.round(r.top))).size > 1) broken.push(date[0]);
    }
  }
  const over = [...document.querySelectorAll('body *')].filter(n => !n.closest('.scroll, pre') &&
    n.getBoundingClientRect().right > document.documentElement.clientWidth + 1).map(n => n.tagName + '.' + n.className);
  return {
    title: document.title, words: words.length, pictures: document.images.length, bottom: Math.round(bottom),
    tiles: document.querySelectorAll('.tile').length,
    mute: [...document.images].filter(i => !i.alt.trim()).length,
    over: [...new Set(over)].slice(0, 5), faint: [...faint].slice(0, 5), broken, flags: [...new Set(flags)],
    tall: document.documentElement.scrollHeight,
  };
})()
"""


class Browser:
    """A headless Chromium that is told what to do, and tells what it saw, through two pipes."""

    def __init__(self, reading: int, writing: int) -> None:
        self.reading, self.writing, self.rest, self.number = reading, writing, b"", 0
        self.requests: list[str] = []
        target = self.ask("Target.createTarget", {"url": "about:blank"}, None)["targetId"]
        attached = self.ask("Target.attachToTarget", {"targetId": target, "flatten": True}, None)
        self.session = attached["sessionId"]
        for domain in ("Page", "Network", "Runtime"):
            self.ask(f"{domain}.enable")

    def ask(self, method: str, params: dict[str, Any] | None = None, session: str | None = "own") -> Any:
        """Send a command and wait for its answer; requests that the page makes meanwhile are noted."""
        self.number += 1
        message: dict[str, Any] = {"id": self.number, "method": method, "params": params or {}}
        if session is not None:
            message["sessionId"] = self.session
        os.write(self.writing, json.dumps(message).encode() + b"\0")
        while True:
            answer = self._next()
            if answer.get("id") == self.number:
                if "error" in answer:
                    raise RuntimeError(f"{method}: {answer['error']['message']}")
                return answer["result"]
            self._note(answer)

    def wait(self, event: str) -> None:
        """Until the page says that something has happened."""
        while (message := self._next()).get("method") != event:
            self._note(message)

    def _note(self, message: dict[str, Any]) -> None:
        if message.get("method") == "Network.requestWillBeSent":
            self.requests.append(message["params"]["request"]["url"])

    def _next(self) -> dict[str, Any]:
        while b"\0" not in self.rest:
            self.rest += os.read(self.reading, 1 << 20)
        message, self.rest = self.rest.split(b"\0", 1)
        return json.loads(message)


@contextmanager
def browser(name: str) -> Iterator[Browser]:
    """A browser for as long as the block runs."""
    told, answers = os.pipe(), os.pipe()

    def wire() -> None:
        os.dup2(told[0], 3)
        os.dup2(answers[1], 4)

    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        words = [name, "--headless=new", "--remote-debugging-pipe", "--no-sandbox", "--disable-gpu"]
        words += ["--hide-scrollbars", f"--user-data-dir={profile}", "about:blank"]
        process = subprocess.Popen(
            words, pass_fds=(3, 4), preexec_fn=wire, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        try:
            yield Browser(answers[0], told[1])
        finally:
            process.terminate()
            process.wait()


def measured(window: Browser, page: Path, screen: str, shots: Path | None) -> dict[str, Any]:
    """What the browser sees of a page on one screen."""
    width, height = SCREENS[screen]
    size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": screen == "phone"}
    window.ask("Emulation.setDeviceMetricsOverride", size)
    address, window.requests = page.resolve().as_uri(), []
    window.ask("Page.navigate", {"url": address})
    window.wait("Page.loadEventFired")
    script = MEASURE.replace("LIMIT", str(LEAST_CONTRAST))
    found = window.ask("Runtime.evaluate", {"expression": script, "returnByValue": True})["result"]["value"]
    found["requests"] = [url for url in window.requests if url != address and not url.startswith("data:")]
    if shots is not None:
        for name, whole in (("", False), ("-whole", True)):
            area = {"x": 0, "y": 0, "width": width, "height": min(found["tall"], 12_000), "scale": 1}
            options = {"captureBeyondViewport": True, "clip": area} if whole else {}
            picture = window.ask("Page.captureScreenshot", {"format": "png", **options})["data"]
            (shots / f"{page.stem}-{screen}{name}.png").write_bytes(base64.b64decode(picture))
    return found


def faults(found: dict[str, Any], screen: str) -> list[str]:
    """Limits that a page breaks on a screen, in words."""
    wrong = []
    if found["words"] > MOST_WORDS:
        wrong.append(f"{found['words']} words before the first picture, more than {MOST_WORDS}")
    if screen == "desk" and found["bottom"] > SCREENS["desk"][1]:
        wrong.append(f"the first screen ends at {found['bottom']} of {SCREENS['desk'][1]} pixels")
    if not 4 <= found["tiles"] <= 6:
        wrong.append(f"{found['tiles']} tiles")
    wrong += [f"{found['mute']} pictures without alt"] * (found["mute"] > 0)
    for name, said in (
        ("over", "wider than the screen"),
        ("faint", "too faint"),
        ("broken", "dates broken over lines"),
        ("flags", "flags in the prose"),
        ("requests", "requests"),
    ):
        wrong += [f"{said}: {found[name]}"] * bool(found[name])
    return wrong


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("pages", nargs="+", type=Path)
    parser.add_argument("--browser", default="chromium")
    parser.add_argument("--shots", type=Path, help="folder for pictures")
    options = parser.parse_args()
    if options.shots is not None:
        options.shots.mkdir(parents=True, exist_ok=True)
    failed = 0
    with browser(options.browser) as window:
        for page in options.pages:
            for screen in SCREENS:
                found = measured(window, page, screen, options.shots)
                wrong = faults(found, screen)
                print(
                    f"{page.stem:<18} {screen:<6} {found['words']:>5} words before the first picture, first screen "
                    f"ends at {found['bottom']:>5}, {found['tall']:>6} px tall, {found['pictures']:>3} pictures"
                )
                for fault in wrong:
                    print(f"    {fault}")
                failed += bool(wrong)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
