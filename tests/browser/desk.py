"""What journeys over days share: a signed-in person's own API, files, and a clock that is moved."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from playwright.sync_api import APIResponse, FilePayload, Page

from ssoc.core.clock import FrozenClock
from tests.browser.conftest import sign_in


def asked(page: Page, path: str, body: object, method: str = "POST") -> Any:
    """Ask the API as the person of a window, and return what it says."""
    found = sent(page, path, body, method)
    assert found.ok, f"{path}: {found.status} {found.text()}"
    return found.json()


def sent(page: Page, path: str, body: object, method: str = "POST") -> APIResponse:
    """Ask the API as the person of a window, with the token of the page that is open there."""
    token = page.locator("meta[name=csrf-token]").get_attribute("content")
    assert token
    return page.context.request.fetch(
        f"/api/v1{path}", method=method, data=body, headers={"X-CSRFToken": token}
    )


def later(clock: FrozenClock, at: datetime, pages: Sequence[tuple[Page, str]] = ()) -> None:
    """Move the clock to ``at``; a sign-in lasts for a shift, so people sign in again."""
    for page, _ in pages:
        page.goto("about:blank")
    clock.advance(at - clock.now())
    for page, name in pages:
        page.context.clear_cookies()
        sign_in(page, name)


def answer(page: Page, link: str, **typed: str) -> None:
    """Follow a link to a question, fill its fields in by name and send it."""
    page.get_by_role("link", name=link, exact=True).first.click()
    send(page, **typed)


def send(page: Page, **typed: str) -> None:
    """Fill the fields of a form in by name and send it."""
    for name, value in typed.items():
        field = page.locator(f"main [name='{name.replace('__', '-')}']")
        if field.evaluate("each => each.tagName") == "SELECT":
            field.select_option(value)
        else:
            field.fill(value)
    page.locator("main button[type=submit].main").last.click()


def extract(name: str, rows: str, day: str, end: str = "") -> FilePayload:
    """Return a CSV as a browser brings it: rows such as ``A 100 09:30, B 5``, times on the day.

    ``end`` is put behind it, since two systems never write the same file sign by sign.
    """
    lines = ["ref,amount,time"]
    for each in filter(None, (row.strip() for row in rows.split(","))):
        reference, amount, *at = each.split()
        lines.append(f"{reference},{amount},{day} {at[0] if at else '09:00'}:00")
    content = "\n".join(lines) + end
    return FilePayload(name=name, mimeType="text/csv", buffer=content.encode())


def bring(page: Page, old: FilePayload, new: FilePayload) -> None:
    """Choose both files on the page of a day, and compare."""
    page.get_by_label("Extract of the old system").set_input_files(old)
    page.get_by_label("Extract of the new system").set_input_files(new)
    page.get_by_role("button", name="Compare").click()


def compared(page: Page, parallel: int, day: str, old: FilePayload, new: FilePayload) -> None:
    """Compare a day over the API."""
    token = page.locator("meta[name=csrf-token]").get_attribute("content")
    answer = page.context.request.post(
        f"/api/v1/parallel-runs/{parallel}/days/{day}",
        multipart={"old": old, "new": new},
        headers={"X-CSRFToken": token or ""},
    )
    assert answer.ok, answer.text()
