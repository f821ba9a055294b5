"""The phones page in a real browser, at the width of a desk and of a phone."""

import os
import shutil
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest
from aiohttp.test_utils import TestServer, unused_port
from playwright.async_api import ConsoleMessage, Page, async_playwright, expect

from channels.sms.forms import InboundText
from footbridge.phones import (
    ACCOUNT_SID,
    OUR_NUMBER,
    MemoryStore,
    PhonePerson,
    PhonesConfig,
    Simulator,
    add_phones,
)
from tests.footbridge.phones.app import App

NAMES = ("chromium", "chromium-browser", "google-chrome")
CHROMIUM = os.environ.get("CHROMIUM") or next((path for name in NAMES if (path := shutil.which(name))), "")
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not CHROMIUM, reason="no Chromium: set CHROMIUM or install one"),
]

PEOPLE = [
    PhonePerson("+13055550101", "Ana Torres", "student", "grade 11, Lincoln High"),
    PhonePerson("+13055550102", "Gloria Torres", "guardian", "Ana's mother"),
    PhonePerson("+13055550103", "Ben Ortiz", "employer", "Mercy Hospital"),
    PhonePerson("+13055550109", "Cora Diaz", "coordinator", "Lincoln High"),
]
QUESTION = "Which one?\n1. Tue Dec 1, 9:00 AM\n2. Something else"

# For every text in view: the contrast of its colour with the nearest opaque background behind it.
LOW_CONTRAST = """() => {
  const parts = (colour) => colour.match(/[\\d.]+/g).map(Number);
  const light = ([r, g, b]) => [r, g, b].map((v) => v / 255)
    .map((v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4))
    .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  const behind = (node) => {
    for (let at = node; at; at = at.parentElement) {
      const colour = parts(getComputedStyle(at).backgroundColor);
      if (colour.length === 3 || colour[3] === 1) return colour;
    }
    return [255, 255, 255];
  };
  const found = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const node = walker.currentNode.parentElement;
    if (!walker.currentNode.textContent.trim() || !node.checkVisibility() || node.closest(":disabled")) continue;
    if (node.closest(".visually-hidden, template, script, noscript, option")) continue;
    const [a, b] = [light(parts(getComputedStyle(node).color)), light(behind(node))].sort((x, y) => y - x);
    if ((a + 0.05) / (b + 0.05) < 4.5) found.push(walker.currentNode.textContent.trim().slice(0, 30));
  }
  return found;
}"""


class Echo(App):
    """An app that answers every text with a question."""

    simulator: Simulator

    async def received(self, form: InboundText) -> None:
        await super().received(form)
        body = QUESTION if form.body else "I cannot see pictures."
        await self.simulator.accept(to=form.from_number, body=body, callback="", service_sid="")


def is_complaint(said: ConsoleMessage) -> bool:
    """Errors and warnings, but for the browser's own note of a refusal that the page shows in words."""
    return said.type in ("error", "warning") and "400 (Bad Request)" not in said.text


async def people() -> list[PhonePerson]:
    return PEOPLE


async def clock() -> datetime:
    return datetime(2026, 12, 1, 14, 5, tzinfo=UTC)


@pytest.fixture
async def address() -> AsyncIterator[str]:
    app, port = Echo(), unused_port()
    app.base_url = f"http://127.0.0.1:{port}"
    application = app.application()
    config = PhonesConfig(
        base_url=app.base_url,
        account_sid=ACCOUNT_SID,
        auth_token=App.TOKEN,
        our_number=OUR_NUMBER,
        delays=(0.02, 0.02),
        clock=clock,
        people=people,
    )
    app.simulator = add_phones(application, store=MemoryStore(), config=config)
    async with TestServer(application, port=port):
        yield app.base_url


@pytest.fixture
async def page(address: str) -> AsyncIterator[Page]:
    """The page at 1440 pixels; anything that its console complains of fails the test."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        opened = await browser.new_page(viewport={"width": 1440, "height": 900})
        complaints: list[str] = []
        opened.on("pageerror", lambda error: complaints.append(str(error)))
        opened.on(
            "console",
            lambda said: complaints.append(said.text) if is_complaint(said) else None,
        )
        await opened.goto(f"{address}/phones")
        await expect(opened.locator(".phone")).to_have_count(3)
        yield opened
        await browser.close()
        assert complaints == []


async def test_three_phones_live_side_by_side_by_keyboard_alone(page: Page) -> None:
    names = [await phone.get_attribute("aria-label") for phone in await page.locator(".phone").all()]
    assert names == ["Ana Torres's phone", "Ben Ortiz's phone", "Gloria Torres's phone"]
    await expect(page.locator("#clock")).to_have_text("Tue, Dec 1, 9:05 AM")
    await expect(page.locator("#live")).to_have_text("Live")
    ana = page.get_by_role("region", name="Ana Torres's phone")
    await ana.get_by_role("textbox").focus()
    await page.keyboard.type("can i shadow a nurse?")
    await page.keyboard.press("Enter")
    await expect(ana.locator(".text .fine")).to_have_text(["9:05 AM · Received", "9:05 AM · Delivered"])
    await expect(ana.get_by_role("textbox")).to_be_focused()
    await expect(ana.locator(".choice")).to_have_text(["1. Tue Dec 1, 9:00 AM", "2. Something else"])
    await ana.locator(".choice").nth(1).press("Enter")
    await expect(ana.locator(".typed .bubble")).to_contain_text(["can i shadow a nurse?", "2"])
    await expect(page.get_by_role("region", name="Ben Ortiz's phone").locator(".text")).to_have_count(0)
    assert await page.evaluate(LOW_CONTRAST) == []


async def test_a_phone_that_is_off_shows_what_it_did_not_get_and_why(page: Page, address: str) -> None:
    ben = page.get_by_role("region", name="Ben Ortiz's phone")
    await ben.get_by_label("Phone switched off: Ben Ortiz").click()
    await expect(ben.get_by_role("textbox")).to_be_disabled()
    await page.request.post(
        f"{address}/phones/texts", data={"from": "+13055550103", "body": "from elsewhere"}
    )
    await expect(ben.locator(".fine.failed")).to_have_text(
        "9:05 AM · Not delivered: the phone is off, out of reach or no longer in service"
    )
    assert await page.evaluate(LOW_CONTRAST) == []


async def test_another_number_is_added_and_still_there_after_a_reload(page: Page) -> None:
    await page.get_by_role("button", name="Add a phone").click()
    dialog = page.get_by_role("dialog", name="Add a phone")
    await dialog.get_by_label("Name", exact=True).fill("Maya Lee")
    await dialog.get_by_label("Phone number").fill("12")
    await dialog.get_by_label("Phone number").press("Enter")
    await expect(dialog.get_by_role("alert")).to_have_text("That is not a phone number.")
    await dialog.get_by_label("Phone number").fill("305 555 0150")
    await dialog.get_by_label("Phone number").press("Enter")
    await expect(page.get_by_role("region", name="Maya Lee's phone")).to_be_visible()
    await page.reload()
    await expect(page.get_by_role("region", name="Maya Lee's phone")).to_be_visible()
    await (
        page.get_by_role("region", name="Ana Torres's phone")
        .get_by_label("Whose phone")
        .select_option(label="Cora Diaz")
    )
    await expect(page.get_by_role("region", name="Cora Diaz's phone")).to_be_visible()


async def test_words_are_never_taken_for_markup(page: Page) -> None:
    ana = page.get_by_role("region", name="Ana Torres's phone")
    nasty = "<img src=x onerror=alert(1)><b>hi</b>"
    await ana.get_by_role("textbox").fill(nasty)
    await ana.get_by_role("textbox").press("Enter")
    await expect(ana.locator(".typed .bubble")).to_contain_text(nasty)
    assert await ana.locator(".log img, .log b").count() == 0


async def test_one_phone_at_a_time_on_a_narrow_screen(page: Page) -> None:
    await page.set_viewport_size({"width": 390, "height": 844})
    await expect(page.locator(".phone:visible")).to_have_count(1)
    await page.get_by_role("tab", name="Ana").focus()
    await page.keyboard.press("ArrowRight")
    await expect(page.get_by_role("tabpanel", name="Ben Ortiz's phone")).to_be_visible()
    await expect(page.get_by_role("tab", name="Ben")).to_be_focused()
    ben = page.get_by_role("tabpanel", name="Ben Ortiz's phone")
    await ben.get_by_role("button", name="Send a picture").click()
    await expect(ben.locator(".text:not(.typed) .bubble")).to_contain_text("I cannot see pictures.")
    assert await page.evaluate("document.documentElement.scrollWidth") == 390
    small = await page.evaluate(
        "[...document.querySelectorAll('button:not([hidden])')].filter((b) => b.checkVisibility())"
        ".map((b) => [b.ariaLabel || b.textContent, b.getBoundingClientRect()])"
        ".filter(([, box]) => box.width < 36 || box.height < 36).map(([name]) => name)"
    )
    assert small == []
    assert await page.evaluate(LOW_CONTRAST) == []
