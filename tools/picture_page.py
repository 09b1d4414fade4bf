"""Picture every step of `rtplan page` in a real Chromium, for the documentation.

    python tools/picture_page.py [--out docs/images/page] [--width 1280 --width 1920]

Starts a page with an empty work folder, goes through the demo's patient with clicks, and writes each screen
in full height. Needs chromium, chromedriver and selenium.
"""

from __future__ import annotations

import argparse
import io
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from PIL import Image
from selenium import webdriver
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By

ROOT = Path(__file__).resolve().parents[1]
COLOURS = 128
LONGEST_WAIT_S = 120
NEXT = 'button[name="then"].main'


@contextmanager
def served(work: Path) -> Iterator[str]:
    """Serve a page and give its address."""
    words = [sys.executable, "-m", "rtplan", "page", "--no-browser", "--work", str(work)]
    process = subprocess.Popen(words, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        yield process.stdout.readline().strip()
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(timeout=30)


@contextmanager
def browsing(width: int) -> Iterator[Any]:
    """Open a browser without a window."""
    options = webdriver.ChromeOptions()
    options.binary_location = str(shutil.which("chromium"))
    for word in ("--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--hide-scrollbars"):
        options.add_argument(word)
    browser = webdriver.Chrome(options=options, service=Service(str(shutil.which("chromedriver"))))
    browser.implicitly_wait(LONGEST_WAIT_S)
    browser.set_window_size(width, width * 5 // 8)
    try:
        yield browser
    finally:
        browser.quit()


def picture(browser: Any, path: Path, width: int, *, is_whole: bool) -> None:
    """Write the whole page, or what a screen shows of it, as a small PNG."""
    browser.execute_script("window.scrollTo(0, 0)")
    height = browser.execute_script("return document.documentElement.scrollHeight")
    browser.set_window_size(width, max(height + 100, width * 5 // 8) if is_whole else width * 3 // 4)
    time.sleep(1.0 if is_whole else 6.0)
    shown = Image.open(io.BytesIO(browser.get_screenshot_as_png())).convert("RGB")
    shown.quantize(COLOURS, method=Image.Quantize.MEDIANCUT).save(path, optimize=True)
    browser.set_window_size(width, width * 5 // 8)


def fill(browser: Any, **fields: str) -> None:
    for name, text in fields.items():
        field = browser.find_element(By.NAME, name)
        field.clear()
        field.send_keys(text)


def click(browser: Any, selector: str) -> None:
    browser.find_element(By.CSS_SELECTOR, selector).click()


def walk(browser: Any, address: str, folder: Path, width: int) -> None:
    """Go through a case, a check, a calculator and a trial."""

    def shot(name: str, *, is_whole: bool = True) -> None:
        picture(browser, folder / f"{name}-{width}.png", width, is_whole=is_whole)

    browser.get(address)
    shot("cases")
    click(browser, "#demo")
    browser.find_element(By.CSS_SELECTOR, ".card.new")
    shot("courses")
    click(browser, NEXT)
    click(browser, '[name="confirmed"]')
    shot("organs")
    click(browser, NEXT)
    browser.find_element(By.CSS_SELECTOR, 'form[action$="/limits"]')
    shot("limits")
    click(browser, NEXT)
    fill(browser, because="checked on the sacrum", shift_mm="2", rotation_degrees="1")
    shot("registration")
    click(browser, NEXT)
    browser.find_element(By.ID, "sign")
    shot("answer", is_whole=False)  # images fill the screen that there is
    click(browser, "#sign")
    fill(browser, name="A. Person", role="physicist", signed_on="2024-02-12")
    click(browser, '[name="agreed"]')
    shot("sign")
    click(browser, "form button.main")
    browser.find_element(By.CSS_SELECTOR, ".signed")
    base = address.partition("/?")[0]
    browser.get(f"{base}/calculators?calculator=compare&regimens=50.4Gy/28%0A25Gy/5&alpha_betas=1,3,20")
    shot("calculators")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--out", type=Path, default=ROOT / "docs" / "images" / "page", metavar="DIR")
    parser.add_argument("--width", type=int, action="append", metavar="PX")
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    for width in args.width or (1280, 1920):
        with (
            tempfile.TemporaryDirectory() as work,
            served(Path(work) / "work") as address,
            browsing(width) as browser,
        ):
            walk(browser, address, args.out, width)


if __name__ == "__main__":
    main()
