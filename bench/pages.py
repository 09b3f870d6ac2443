"""`python -m bench.pages`: a table's page beside OData's page of the same rows, and what a browser waits for.

What is compared with what, and why, stands in bench/README.md.
"""

from __future__ import annotations

import gzip
import statistics
import tempfile
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser

from localcloud import cloudfoundry
from tests.conftest import started_browser

from .data import Asks, in_turns, row
from .readings import POLICY, fill
from .service import Stage, session_of

REQUESTS = 200
VISITS = 9
TABLE, SAME_ROWS = "/data/READING", "/odata/READING?$count=true"
PAINTED = """() => new Promise(done => new PerformanceObserver(list => {
  const found = list.getEntriesByName('first-contentful-paint');
  if (found.length) done(found[0].startTime);
}).observe({type: 'paint', buffered: true}))"""


def main() -> None:
    print("| what | page | beside it | difference | to hold |\n|---|---|---|---|---|")
    with ExitStack() as stack:
        policy = Path(stack.enter_context(tempfile.TemporaryDirectory())) / "policy.toml"
        policy.write_text(POLICY)
        stage = Stage(stack)
        fill(stage.hana)
        service = stage.start(f"export TOKONOMA_POLICY={policy}; {cloudfoundry.procfile_line()}")
        asks = Asks(service, stage.headers)
        page, odata = in_turns(
            partial(asks.path(TABLE).spend, REQUESTS), partial(asks.path(SAME_ROWS).spend, REQUESTS)
        )
        more = statistics.median(one[0] - other[0] for one, other in zip(page, odata, strict=True))
        row(
            "table of 100 rows and 8 columns: CPU a request",
            f"{statistics.median(each[0] for each in page):.2f} ms",
            f"OData {statistics.median(each[0] for each in odata):.2f} ms",
            f"{more:.2f} ms",
            "<= 3 ms",
        )
        size = len(gzip.compress(asks.body(TABLE)))
        row("its HTML, compressed", f"{size / 1000:.0f} kB")
        router = stage.start_router(stage.router_ports[0], service)
        cookies = session_of(router.port)["Cookie"]
        with started_browser() as browser:
            visits = [_visit(browser, f"http://localhost:{router.port}", cookies) for _ in range(VISITS)]
        painted, sizes, requests = zip(*visits, strict=True)
        row("first contentful paint, an empty cache", f"{statistics.median(painted):.0f} ms", hold="< 300 ms")
        row("all that it loads", f"{max(sizes) / 1000:.0f} kB", hold="< 60 kB")
        row("requests", f"{max(requests)}", hold="< 10")


def _visit(browser: Browser, home: str, cookies: str) -> tuple[float, int, int]:
    """Milliseconds to the first content, bytes on the line, and requests; with an empty cache."""
    context = browser.new_context(viewport={"width": 1500, "height": 900})
    pairs: list[Any] = [
        {"name": name, "value": value, "url": home}
        for name, _, value in (each.strip().partition("=") for each in cookies.split(";"))
    ]
    context.add_cookies(pairs)
    page = context.new_page()
    requests: list[str] = []
    page.on("request", lambda request: requests.append(request.url))
    page.goto(f"{home}/myapp{TABLE}", wait_until="networkidle")
    painted = float(page.evaluate(PAINTED))
    sizes = page.evaluate("performance.getEntries().map(each => each.encodedBodySize || 0)")
    context.close()
    return painted, sum(sizes), len(requests)


if __name__ == "__main__":
    main()
