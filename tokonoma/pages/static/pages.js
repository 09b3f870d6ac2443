// Makes the pages quicker and more pleasant; everything works without it. It follows links and forms of a page by
// fetching the next one and putting its content in place, so that focus and scroll stay where they are.

const content = () => document.getElementById("content");
const busy = document.querySelector(".busy");
let running = null;

/** Whether an address leads to another state of one of our pages. */
function isOurs(url) {
  const folder = new URL(document.querySelector(".brand").href);
  return url.origin === location.origin && url.pathname.startsWith(folder.pathname) && !/\.(csv|jsonl)$/.test(url.pathname);
}

async function load(url, { push }) {
  running?.abort();
  const mine = (running = new AbortController());
  const patience = setTimeout(() => (busy.textContent = busy.dataset.loading), 200);
  try {
    const response = await fetch(url, { signal: mine.signal, headers: { Accept: "text/html" } });
    if (!response.headers.get("content-type")?.startsWith("text/html")) {
      location.assign(url);
      return;
    }
    const page = new DOMParser().parseFromString(await response.text(), "text/html");
    const next = page.getElementById("content");
    if (!next) {
      location.assign(url); // the approuter's sign-in page, for one
      return;
    }
    if (push) {
      history.pushState(null, "", response.url);
    }
    show(page, next);
  } catch (error) {
    if (error.name !== "AbortError") {
      location.assign(url);
    }
  } finally {
    clearTimeout(patience);
    if (running === mine) {
      busy.textContent = "";
    }
  }
}

/** Puts the next page's content in place; what was in focus is so again, if it is still there. */
function show(page, next) {
  const focused = document.activeElement;
  const heading = (element) => element.querySelector("h1")?.textContent;
  const same = heading(content()) === heading(next);
  const key = focused?.id || focused?.dataset?.key;
  const scrolled = content().querySelector(".scroll")?.scrollLeft ?? 0;
  content().replaceWith(document.adoptNode(next));
  document.title = page.title;
  const again = key && content().querySelector(`#${CSS.escape(key)}, [data-key="${CSS.escape(key)}"]`);
  (again || content()).focus({ preventScroll: same });
  if (same) {
    content().querySelector(".scroll")?.scrollTo({ left: scrolled });
  } else {
    scrollTo(0, 0);
  }
}

document.addEventListener("click", (event) => {
  const link = event.target.closest?.("a[href]");
  if (!link || event.defaultPrevented || event.button || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) {
    return;
  }
  const url = new URL(link.href);
  if (!link.target && !link.hasAttribute("download") && content().contains(link) && isOurs(url) && !url.hash) {
    event.preventDefault();
    load(url, { push: true });
  }
});

document.addEventListener("submit", (event) => {
  const url = new URL(event.target.action);
  if (event.target.method !== "get" || !isOurs(url)) {
    return;
  }
  event.preventDefault();
  url.search = new URLSearchParams([...new FormData(event.target, event.submitter)].filter(([, value]) => value !== ""));
  load(url, { push: true });
});

addEventListener("popstate", () => load(new URL(location.href), { push: false }));

// Cells are copied with their exact values, not as they are written for the reader.
document.addEventListener("copy", (event) => {
  const selection = getSelection();
  const rows = [];
  for (const row of content().querySelectorAll("tbody tr")) {
    const cells = [...row.cells].filter((cell) => selection.containsNode(cell, true));
    if (cells.length) {
      rows.push(cells.map((cell) => (cell.className === "null" ? "" : cell.title || cell.textContent.trim())).join("\t"));
    }
  }
  if (rows.length > 1 || rows[0]?.includes("\t")) {
    event.clipboardData.setData("text/plain", rows.join("\n"));
    event.preventDefault();
  }
});

// What takes long comes later: a page's `data-late` link leads to the same page with these parts filled in.
async function fillParts() {
  const link = content().querySelector("a[data-late]:not([hidden])");
  if (!link) {
    return;
  }
  link.hidden = true;
  try {
    const response = await fetch(link.href, { headers: { Accept: "text/html" } });
    const page = new DOMParser().parseFromString(await response.text(), "text/html");
    for (const part of page.querySelectorAll("[data-part]")) {
      const place = link.isConnected && content().querySelector(`[data-part="${CSS.escape(part.dataset.part)}"]`);
      place && (place.textContent = part.textContent);
    }
  } catch {
    link.hidden = false; // it can be followed by hand
  }
}

new MutationObserver(fillParts).observe(document.body, { childList: true });
fillParts();
