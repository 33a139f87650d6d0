"""What a first visit of a page loads, compressed as the proxy does it, and how far the page moves while it appears."""

from __future__ import annotations

import gzip
from collections.abc import Iterator

from bench.figures import Figure
from tests.browser import chromium

_SHIFTS = """() => new Promise((resolve) => {
  let sum = 0;
  new PerformanceObserver((list) => { for (const shift of list.getEntries()) sum += shift.value; })
    .observe({ type: "layout-shift", buffered: true });
  setTimeout(() => resolve(sum), 500);
})"""
_VISITED = ("desk", "lot page, exceptions", "lot page, record of 250")


def weights(address: str, cookie: str, pages: dict[str, list[str]], most: float) -> Iterator[Figure]:
    """KiB and cumulative layout shift of each page, in a browser that was never there."""
    name, _, value = cookie.partition("=")
    is_warm = False
    with chromium() as browser:
        for what in (_VISITED[0], *_VISITED):  # the first visit warms the site, not the browser
            context = browser.new_context(viewport={"width": 1280, "height": 900})
            context.add_cookies([{"name": name, "value": value, "url": address}])
            page = context.new_page()
            found: dict[str, int] = {}

            def heard(response: object, found: dict[str, int] = found) -> None:
                if "/live/" not in response.url:  # type: ignore[attr-defined]
                    found[response.url] = len(gzip.compress(response.body(), 6))  # type: ignore[attr-defined]

            page.on("response", heard)
            page.goto(f"{address}{pages[what][0]}")
            page.wait_for_load_state("load")
            page.wait_for_timeout(1500)
            shift = page.evaluate(_SHIFTS)
            context.close()
            if not is_warm:
                is_warm = True
                continue
            kib = sum(found.values()) / 1024
            largest = max(found, key=lambda url: found[url])
            path = largest.removeprefix(address)[:40]
            told = f"{len(found)} answers, the largest {found[largest] / 1024:.0f} KiB {path}"
            yield Figure(f"{what}: first visit, compressed", kib, most, "KiB", told, most=True)
            yield Figure(f"{what}: layout shift", shift, 0, "", "", most=True)
