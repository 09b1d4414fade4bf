"""In a real browser, with clicks only: from an empty machine to a signed PDF of the demo patient."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

BROWSER, DRIVER = shutil.which("chromium") or shutil.which("google-chrome"), shutil.which("chromedriver")
AUDIT = Path(__file__).with_name("audit.js")
pytestmark = pytest.mark.skipif(not (BROWSER and DRIVER), reason="needs chromium and chromedriver")
ARROW_RIGHT, ARROW_UP, ARROW_DOWN = "\ue014", "\ue013", "\ue015"


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """A Chromium without a window, that logs what it asks for and what goes wrong."""
    from selenium import webdriver  # noqa: PLC0415 - only where a browser is
    from selenium.webdriver.chrome.service import Service  # noqa: PLC0415 - as above

    options = webdriver.ChromeOptions()
    options.binary_location = str(BROWSER)
    for word in ("--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--window-size=1280,900"):
        options.add_argument(word)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    opened = webdriver.Chrome(options=options, service=Service(str(DRIVER)))
    opened.implicitly_wait(60)
    yield opened
    opened.quit()


def at(browser: Any, selector: str, act: Callable[[Any], object]) -> None:
    """Find an element and act on it; found again where the page loads itself anew in between."""
    from selenium.common import StaleElementReferenceException  # noqa: PLC0415 - only where a browser is
    from selenium.webdriver.support.ui import WebDriverWait  # noqa: PLC0415 - as above

    def is_done(_: Any) -> bool:
        act(browser.find_element("css selector", selector))
        return True

    WebDriverWait(browser, 30, ignored_exceptions=[StaleElementReferenceException]).until(is_done)


def click(browser: Any, selector: str) -> None:
    at(browser, selector, lambda found: found.click())


def field(browser: Any, name: str, text: str) -> None:
    def write(found: Any) -> None:
        found.clear()
        found.send_keys(text)

    at(browser, f'[name="{name}"]', write)


def audit(browser: Any) -> list[str]:
    """Return what is wrong with the page for who cannot see it well or has no mouse."""
    found: list[str] = browser.execute_script(AUDIT.read_text(encoding="utf-8") + "\nreturn audit();")
    return found


def look_and_try(browser: Any) -> None:
    """Look at the slices, move a slider with the keyboard, and go back to what was stated."""
    browser.find_element("css selector", "#viewer-root:not([hidden])")
    browser.find_element("css selector", '[data-plane="axial"] image[href*="/dose?"]')
    browser.find_element("css selector", '[data-plane="axial"] path[stroke]')
    at(browser, '[data-key="recovered"]', lambda found: found.send_keys(ARROW_RIGHT))
    browser.find_element("css selector", "#try-rows:not([hidden]) tbody tr")
    assert browser.find_element("css selector", "#trying").is_displayed()
    click(browser, "#what-if .back-to-stated")
    browser.find_element("css selector", "#try-rows[hidden]")
    assert not browser.find_element("css selector", "#trying").is_displayed()


def asked_addresses(browser: Any) -> list[str]:
    """Return every address that the browser has asked for."""
    messages = [json.loads(entry["message"])["message"] for entry in browser.get_log("performance")]
    return [
        message["params"]["request"]["url"]
        for message in messages
        if message["method"] == "Network.requestWillBeSent"
    ]


def test_from_an_empty_machine_to_a_signed_pdf_with_clicks_only(browser: Any, served: Any) -> None:
    """Every page on the way is audited; no request leaves, and the browser's log shows no error."""
    wrong: dict[str, list[str]] = {}

    def looked(step: str) -> None:
        wrong[step] = audit(browser)

    browser.get(served.address)
    looked("home")
    click(browser, "#demo")
    browser.find_element("css selector", ".card.new")
    looked("courses")
    for step in ("organs", "limits", "registration"):
        click(browser, 'button[name="then"].main')
        browser.find_element("css selector", f'form[action$="/{step}"]')
        looked(step)
        if step == "organs":
            click(browser, '[name="confirmed"]')
    field(browser, "because", "checked on the sacrum")
    click(browser, 'button[name="then"].main')
    browser.find_element("css selector", "#sign")  # the report is drawn: the page loads itself anew no more
    look_and_try(browser)
    looked("viewer")
    click(browser, "#sign")
    looked("sign")
    field(browser, "name", "A. Person")
    field(browser, "role", "physicist")
    field(browser, "signed_on", "2024-02-12")
    click(browser, '[name="agreed"]')
    click(browser, "form button.main")
    link = browser.find_element("css selector", "#signed-pdf").get_attribute("href")
    looked("answer")
    cookies = {cookie["name"]: cookie["value"] for cookie in browser.get_cookies()}
    assert httpx.get(link, cookies=cookies).content.startswith(b"%PDF-")
    addresses = asked_addresses(browser)
    assert addresses
    assert [a for a in addresses if not a.startswith((served.base, "data:", "chrome:"))] == []
    assert browser.get_log("browser") == []
    assert {step: found for step, found in wrong.items() if found} == {}


def test_dropped_folders_become_cards(browser: Any, served: Any, two_courses: Path, tmp_path: Path) -> None:
    """Two folders fall on the page as from the file manager; files of both are sent and looked at."""
    for name in ("first-course", "second-course"):
        (tmp_path / name).mkdir()
        for path in (two_courses / name).iterdir():
            if not path.name.startswith("CT"):
                shutil.copy(path, tmp_path / name / path.name)
    browser.get(served.address)
    click(browser, 'form[action="/new"] button')
    place = browser.find_element("css selector", "#drop .big").rect
    data = {
        "items": [],
        "files": [str(tmp_path / "first-course"), str(tmp_path / "second-course")],
        "dragOperationsMask": 1,
    }
    for kind in ("dragEnter", "dragOver", "drop"):
        told = {"type": kind, "x": place["x"] + 20, "y": place["y"] + 5, "data": data}
        browser.execute_cdp_cmd("Input.dispatchDragEvent", told)
    browser.find_element("css selector", ".card.new")
    assert len(browser.find_elements("css selector", ".card")) == 2
    assert browser.get_log("browser") == []


PLANTED = """<!doctype html><html><title></title><body><h2>Jumped</h2><input name=a><a href=x></a>
<p style='color:#999;background:#fff'>pale</p><svg width=9 height=9></svg><table><tr><td>1</td></tr></table>
<b id=twice>1</b><b id=twice>2</b><img src='data:,'></body></html>"""


def test_the_audit_sees_what_is_planted(browser: Any) -> None:
    browser.get("data:text/html," + PLANTED.replace("#", "%23"))
    told = "; ".join(audit(browser))
    for words in (
        "no language", "no title", "main part", "first heading", "heading jumps", "no name: <input",
        "no name: <a", "contrast 2.8", "for a drawing", "without headings", "the id twice", "for a picture",
    ):  # fmt: skip
        assert words in told, told


def test_after_a_lost_connection_nothing_stands_under_a_caption_that_is_not_its_own(
    browser: Any, served: Any, demo: str
) -> None:
    """Old isodoses, an old wash and old values go with the first failure; once asked again, all come back."""

    from selenium.webdriver.support.ui import WebDriverWait  # noqa: PLC0415 - only where a browser is

    def blocked(*patterns: str) -> None:
        browser.execute_cdp_cmd("Network.setBlockedURLs", {"urls": list(patterns)})

    def waits(script: str) -> None:
        WebDriverWait(browser, 30).until(lambda _: browser.execute_script(f"return {script}"))

    pane = "document.querySelector('[data-plane=axial]')"
    wash = f"{pane}.querySelectorAll('image[href*=\"/dose?\"][visibility=visible]').length"
    browser.get(served.address)
    browser.get(f"{served.base}{demo}/answer")
    is_whole = f"{wash} === 1 && {pane}.querySelector('path[stroke]') && !{pane}.matches('.is-waiting')"
    waits(is_whole)
    axial = browser.find_element("css selector", '[data-plane="axial"]')
    browser.execute_cdp_cmd("Network.enable", {})
    blocked("*/view/*")
    axial.send_keys(ARROW_UP)
    waits(f"{wash} === 0 && !{pane}.querySelector('path[stroke]') && {pane}.matches('.is-waiting')")
    values = "[...document.querySelectorAll('.pane .value')].map((each) => each.textContent).join()"
    waits(f"!/ mm/.test({values})")
    blocked()
    axial.send_keys(ARROW_DOWN)
    waits(is_whole)
    browser.get_log("browser")
