"""What is looked at on every page: axe-core in both themes, text at 200 %, and the keyboard."""

from __future__ import annotations

from typing import Any

from animal.web.tests.browser.visitor import Visitor

GRAVE = ("serious", "critical")
MOST_STOPS, AT_A_TIME = 200, 10

# What people came for: the first form's own button, else the first thing in the page that leads on.
MAIN_ACTION = """
const main = document.querySelector("main");
const shown = (element) => element.checkVisibility({ visibilityProperty: true }) && !element.disabled;
const sought = [...main.querySelectorAll("form button:not([type=button]), form input[type=submit]")].find(shown)
  ?? [...main.querySelectorAll("a[href], button")].find((element) => shown(element) && element.tabIndex >= 0);
"""
# Each place where Tab stops, and whether it shows there: by an outline, or a ring drawn as a shadow.
LISTEN_TO_FOCUS = f"""() => {{
  {MAIN_ACTION}
  window.stops = {{ hasAction: Boolean(sought), reached: false, unseen: [] }};
  document.addEventListener("focusin", ({{ target }}) => {{
    const {{ outlineStyle, outlineWidth, boxShadow }} = getComputedStyle(target);
    const ringed = (outlineStyle !== "none" && parseFloat(outlineWidth) > 0) || boxShadow !== "none";
    if (!ringed) window.stops.unseen.push(target.outerHTML.slice(0, 120));
    if (target === sought) window.stops.reached = true;
  }});
}}"""
TOO_WIDE = """() => {
  document.documentElement.style.fontSize = "200%";
  const width = document.documentElement.clientWidth;
  const out = document.documentElement.scrollWidth <= width ? [] : [...document.querySelectorAll("body *")]
    .filter((element) => element.getBoundingClientRect().right > width + 1 && element.checkVisibility())
    .map((element) => element.outerHTML.slice(0, 120));
  document.documentElement.style.fontSize = "";
  return out;
}"""


def axe_findings(visitor: Visitor, rules: dict[str, Any]) -> list[str]:
    """Serious and critical ones, each with where it stands."""
    # `preload` would put stylesheets into the page, which its Content-Security-Policy refuses.
    options = {"resultTypes": ["violations"], "preload": False, **rules}
    found = visitor.page.evaluate("(options) => axe.run(options)", options)
    return [
        f"{violation['id']} at {', '.join(' '.join(map(str, node['target'])) for node in violation['nodes'][:4])}"
        for violation in found["violations"]
        if violation["impact"] in GRAVE
    ]


def axe_in_both_themes(visitor: Visitor) -> list[str]:
    """Ends in the dark. Only colours differ there."""
    from axe_playwright_python.base import AXE_SCRIPT  # Of the group `stack`.

    visitor.page.evaluate(AXE_SCRIPT)
    light = axe_findings(visitor, {})
    visitor.page.emulate_media(color_scheme="dark")
    visitor.page.evaluate("() => Promise.all(document.getAnimations().map((animation) => animation.finished))")
    return light + [f"dark: {finding}" for finding in axe_findings(visitor, {"runOnly": ["color-contrast"]})]


def keyboard_findings(visitor: Visitor) -> list[str]:
    """Tab leads to what people came for, and shows where it is on the way there."""
    page = visitor.page
    page.evaluate(LISTEN_TO_FOCUS)
    stops: dict[str, Any] = {}
    for _ in range(0, MOST_STOPS, AT_A_TIME):
        for _ in range(AT_A_TIME):
            page.keyboard.press("Tab")
        stops = page.evaluate("stops")
        if stops["reached"] or not stops["hasAction"]:
            break
    unreached = [] if stops["reached"] or not stops["hasAction"] else ["Tab does not reach the main action"]
    return unreached + [f"no focus is seen on {element}" for element in dict.fromkeys(stops["unseen"])]


def text_twice_as_large(visitor: Visitor) -> list[str]:
    """What sticks out sideways then."""
    return list(visitor.page.evaluate(TOO_WIDE))
