"""Charts in a browser: drawn in the colours of the page, nothing asked of another host."""

import re
from collections.abc import Iterator
from threading import Thread

import pytest
from flask import render_template_string
from playwright.sync_api import Page, expect

from ssoc.core.work import Runtime
from tests.browser.conftest import NARROW, WIDE, OpenPage, no_violations, shoot
from tests.web import people, test_charts
from web.app import create_app
from web.server import Server, bind

PAGE = """{% extends "base.html" %}
{% import "charts.html" as charts with context %}
{% block title %}Charts{% endblock %}
{% block main %}<h1>Charts</h1><div class="cols"><section class="panel" id="one">
<h2>Evidence</h2>{{ charts.chart(one, "one") }}</section>
<section class="panel"><h2>More</h2>{{ charts.chart(two, "two") }}{{ charts.chart(three, "three") }}
</section></div>{% endblock %}
{% block scripts %}{{ charts.scripts() }}{% endblock %}"""
DRAWN = "[data-drawn=yes]"


@pytest.fixture
def live(runtime: Runtime) -> Iterator[str]:
    """Give a server with one page more, of charts alone."""
    app = create_app(runtime)

    def page() -> str:
        return render_template_string(
            PAGE,
            one=test_charts.evidence(),
            two=test_charts.curves(),
            three=test_charts.accepted(),
        )

    app.add_url_rule("/account/charts", "account.charts", page)
    server = Server(app, bind("127.0.0.1:0"), threads=4)
    thread = Thread(target=server.run, name="charts")
    thread.start()
    yield server.address
    server.stop()
    thread.join(timeout=15)


def colour_of(page: Page, name: str) -> str:
    """Return a token as Chromium writes colours."""
    script = """name => {
        const probe = document.createElement("i");
        probe.style.color = `var(${name})`;
        document.body.append(probe); const found = getComputedStyle(probe).color; probe.remove();
        return found; }"""
    return str(page.evaluate(script, name))


def fills(page: Page) -> set[str]:
    marks = page.locator("#one-plot .point").all()
    return {str(each.evaluate("e => getComputedStyle(e).fill")) for each in marks}


@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["wide", "narrow"])
def test_charts_are_drawn_by_day_and_by_night(open_as: OpenPage, size: dict[str, int]) -> None:
    page = open_as(people.OPERATOR, "/account/charts", size)
    expect(page.locator(DRAWN)).to_have_count(3)
    red = colour_of(page, "--p1-fill")
    assert red in fills(page)
    shoot(page, f"charts-{size['width']}-light")
    no_violations(page)
    page.evaluate("document.documentElement.dataset.theme = 'dark'")
    expect(page.locator("#one-plot .xtick text").first).to_have_css(
        "fill", colour_of(page, "--ink-3")
    )
    assert colour_of(page, "--p1-fill") != red
    assert colour_of(page, "--p1-fill") in fills(page)
    shoot(page, f"charts-{size['width']}-dark")
    no_violations(page)
    assert page.locator(".modebar, .plotlyjsicon").count() == 0
    page.set_viewport_size({"width": 700, "height": 800})
    box = page.locator("#one .main-svg").first
    expect(box).not_to_have_attribute("width", str(box.get_attribute("width")) + "0")
    wide = page.evaluate("document.documentElement.scrollWidth")
    assert wide <= 700


def test_a_replaced_panel_is_drawn_anew(open_as: OpenPage) -> None:
    page = open_as(people.OPERATOR, "/account/charts")
    expect(page.locator(DRAWN)).to_have_count(3)
    page.evaluate(
        """async () => {
          const text = await (await fetch(location.href)).text();
          const fresh = new DOMParser().parseFromString(text, "text/html").getElementById("one");
          document.getElementById("one").replaceWith(document.importNode(fresh, true));
          document.dispatchEvent(new CustomEvent("live:replaced"));
        }"""
    )
    expect(page.locator("#one-plot[data-drawn=yes] .point")).not_to_have_count(0)
    expect(page.locator(DRAWN)).to_have_count(3)


def test_names_of_months_follow_the_language(open_as: OpenPage) -> None:
    page = open_as(people.OPERATOR, "/account/charts")
    expect(page.locator(DRAWN)).to_have_count(3)
    expect(page.locator("#three-plot .xaxislayer-above")).to_contain_text("Dec")
    page.route(
        "**/account/charts",
        lambda route: route.fulfill(
            body=route.fetch().text().replace('<html lang="en"', '<html lang="fr"'),
            content_type="text/html",
        ),
    )
    page.goto("/account/charts")
    expect(page.locator(DRAWN)).to_have_count(3)
    expect(page.locator("#three-plot .xaxislayer-above")).to_contain_text(re.compile("déc"))


def test_without_javascript_the_table_says_it(open_as: OpenPage) -> None:
    page = open_as(people.OPERATOR, "/account/charts", javascript=False)
    expect(page.locator(".plot").first).to_be_hidden()
    page.locator("#one-table summary").click()
    expect(page.locator("#one-table")).to_contain_text("98.1")
    expect(page.locator("#one-table tbody tr")).to_have_count(12)


def test_when_the_script_does_not_come_the_table_opens(open_as: OpenPage, watched: object) -> None:
    page = open_as(people.OPERATOR)
    watched.allow("404", "Failed to load")  # type: ignore[attr-defined]
    page.route("**/static/plotly.js*", lambda route: route.fulfill(status=404))
    page.goto("/account/charts")
    expect(page.locator("#one-table[open]")).to_be_visible()
