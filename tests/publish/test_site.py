"""The page: light, safe and readable; opened in a real browser where there is one."""

import json
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from journal.publish.exporters import publish
from tests.publish.chromium import CHROMIUM, browser
from tests.publish.made_up_store import MadeUpStore, large_store, small_store
from tests.publish.test_timeline import hostile_store, timeline_of


class Page(HTMLParser):
    """Tags, headings and links of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.headings: list[int] = []
        self.ids: list[str] = []
        self.addresses: list[str] = []
        self.handlers: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        if re.fullmatch(r"h[1-6]", tag):
            self.headings.append(int(tag[1]))
        for name, value in attrs:
            if name == "id":
                self.ids.append(value or "")
            if name in ("href", "src", "action", "data", "srcset"):
                self.addresses.append(value or "")
            if name.startswith("on") or name == "style":
                self.handlers.append(name)


def page_of(store: MadeUpStore, directory: Path) -> str:
    publish(timeline_of(store), directory / "site")
    return (directory / "site/index.html").read_text(encoding="utf-8")


@pytest.mark.parametrize("make", [small_store, hostile_store, MadeUpStore])
def test_the_page_is_safe_and_in_order(tmp_path: Path, make: type[MadeUpStore]) -> None:
    page = Page(page_of(make(), tmp_path))
    assert not {"script", "img", "iframe", "object", "form", "b", "i"} & set(page.tags)
    assert not page.handlers
    assert {address for address in page.addresses if not address.startswith("#")} <= {"timeline.json", "data:,"}
    assert {address[1:] for address in page.addresses if address.startswith("#")} <= set(page.ids)
    assert len(page.ids) == len(set(page.ids))
    assert page.headings[0] == 1
    assert page.headings.count(1) == 1
    assert all(later <= earlier + 1 for earlier, later in zip(page.headings, page.headings[1:], strict=False))


def test_twenty_thousand_commits_make_a_light_page(tmp_path: Path) -> None:
    page = page_of(large_store(), tmp_path)
    assert len(page.encode()) < 1_000_000
    assert "20,000" in page
    timeline = json.loads((tmp_path / "site/timeline.json").read_text())
    assert sum(event["kind"] == "commit" for event in timeline["events"]) == 20_000


def luminance(colour: str) -> float:
    parts = (int(colour[n : n + 2], 16) / 255 for n in (1, 3, 5))
    red, green, blue = (part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_colours_contrast_with_the_paper_in_light_dark_and_print(tmp_path: Path) -> None:
    schemes = re.findall(r":root \{(.*?)\}", page_of(small_store(), tmp_path), re.DOTALL)
    assert len(schemes) == 3
    for scheme in schemes:
        colours = {
            name: code * 2 if len(code) == 4 else code for name, code in re.findall(r"--(\w+): (#[0-9a-f]+);", scheme)
        }
        colours = {
            name: "#" + "".join(c * 2 for c in code[1:4]) if len(code) == 8 else code for name, code in colours.items()
        }
        for name, least in {"ink": 7, "soft": 4.5, "commit": 4.5, "session": 4.5, "line": 3}.items():
            light, dark = sorted((luminance(colours[name]), luminance(colours["paper"])), reverse=True)
            assert (light + 0.05) / (dark + 0.05) >= least, (name, colours)


@pytest.mark.chromium
@pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed")
def test_a_browser_has_nothing_to_complain_of_and_asks_for_nothing_else(tmp_path: Path) -> None:
    publish(timeline_of(small_store()), tmp_path / "small")
    publish(timeline_of(hostile_store()), tmp_path / "hostile")
    with browser(tmp_path / "profile") as window:
        for site in ("small", "hostile"):
            url = (tmp_path / site / "index.html").as_uri()
            for width in (360, 800, 1440, 1600):
                for scheme in ("light", "dark"):
                    opened = window.open(url, width=width, scheme=scheme)
                    assert opened.requests == [url]
                    assert opened.complaints == []
                    assert window.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
                    window.leave()
        window.open((tmp_path / "small/index.html").as_uri())
        styled = "getComputedStyle(document.querySelector('.river .bars')).stroke"
        assert window.evaluate(styled) == "rgb(176, 83, 10)"  # the policy lets the page's own style in
        reached = "(document.querySelector('.skip').focus(), document.activeElement.className)"
        assert window.evaluate(reached) == "skip"
