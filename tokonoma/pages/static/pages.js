// Makes the pages quicker and more pleasant; everything works without it. It follows links and forms of a page by
// fetching the next one and putting its content in place, so that focus and scroll stay where they are.

const content = () => document.getElementById("content");
const busy = document.querySelector(".busy");
const place = () => location.pathname + location.search;
let running = null;
let shown = place();

/** Whether an address leads to another state of one of our pages. */
function isOurs(url) {
  const root = new URL("..", document.querySelector(".brand").href).pathname;
  const page = url.pathname.startsWith(root) && url.pathname.slice(root.length);
  return url.origin === location.origin && /^(data|filter|pictures)\//.test(page) && !/\.(csv|jsonl)$/.test(page);
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
    shown = place();
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

const keyOf = (element) => element?.id || element?.dataset?.key;
const byKey = (inside, key) => (key ? inside.querySelector(`#${CSS.escape(key)}, [data-key="${CSS.escape(key)}"]`) : null);

/** Puts the next page's content in place; what was in focus is so again, if it is still there. */
function show(page, next) {
  const focused = document.activeElement;
  const heading = (element) => element.querySelector("h1")?.textContent;
  const same = heading(content()) === heading(next);
  const key = keyOf(focused);
  const scrolled = content().querySelector(".scroll")?.scrollLeft ?? 0;
  const panel = same && content().querySelector(".panel");
  content().replaceWith(document.adoptNode(next));
  keepPanel(panel);
  document.title = page.title;
  const again = byKey(content(), key);
  (again || content()).focus({ preventScroll: same });
  if (same) {
    content().querySelector(".scroll")?.scrollTo({ left: scrolled });
  } else {
    scrollTo(0, 0);
  }
  fillPanel();
}

/** The panel of filters stays until the next one is there; what it leads to is out of date, so it takes no clicks. */
function keepPanel(old) {
  const panel = content().querySelector(".panel");
  if (old && panel) {
    const scrolled = old.lastElementChild.scrollTop;
    panel.open = old.open;
    panel.setAttribute("aria-busy", "true");
    panel.replaceChildren(...old.childNodes);
    panel.lastElementChild.scrollTop = scrolled;
  }
}

/** Fills the panel of filters, where there is room for one, when the rows are there already. */
async function fillPanel() {
  const panel = content().querySelector(".panel");
  const body = panel?.lastElementChild;
  if (!panel?.open || !body.checkVisibility() || panel.dataset.isFilled) {
    return;
  }
  panel.dataset.isFilled = "yes";
  let form = null;
  try {
    const response = await fetch(panel.dataset.from, { headers: { Accept: "text/html" } });
    form = new DOMParser().parseFromString(await response.text(), "text/html").querySelector("form.filters");
  } catch {
    // Below.
  }
  if (!panel.isConnected) {
    return;
  }
  if (!form) {
    form = document.createElement("a");
    form.href = panel.dataset.from;
    form.textContent = panel.firstElementChild.textContent;
  }
  const key = body.contains(document.activeElement) && keyOf(document.activeElement);
  const scrolled = body.scrollTop;
  body.replaceChildren(document.adoptNode(form));
  body.scrollTop = scrolled;
  byKey(body, key)?.focus({ preventScroll: true });
  panel.removeAttribute("aria-busy");
}

document.addEventListener("click", (event) => {
  const link = event.target.closest?.("a[href]");
  if (!link || event.defaultPrevented || event.button || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) {
    return;
  }
  const url = new URL(link.getAttribute("href"), location.href); // a link in a picture has no text as its href
  if (!link.getAttribute("target") && !link.hasAttribute("download") && content().contains(link) && isOurs(url) && !url.hash) {
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

document.addEventListener("click", (event) => event.target.closest(".panel[aria-busy] > .panel-body") && event.preventDefault(), true);

// A click in the panel of filters is answered at once; on the page of filters somebody may want to choose more.
document.addEventListener("change", (event) => {
  if (event.target.type === "checkbox" && event.target.closest(".panel form")) {
    event.target.form.requestSubmit();
  }
});
document.addEventListener("toggle", fillPanel, true);
addEventListener("resize", fillPanel);
fillPanel();

// A link to a part of the page changes its place in the history, but not what it shows.
addEventListener("popstate", () => (place() === shown ? running?.abort() : load(new URL(location.href), { push: false })));

// Cells are copied with their exact values, not as they are written for the reader.
document.addEventListener("copy", (event) => {
  const selection = getSelection();
  const rows = [];
  for (const row of content().querySelectorAll("tbody tr")) {
    const cells = [...row.cells].filter((cell) => selection.containsNode(cell, true));
    if (cells.length) {
      rows.push(cells.map((cell) => (cell.classList.contains("null") ? "" : cell.title || cell.textContent.trim())).join("\t"));
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
    if (!response.ok) {
      throw new Error(page.title); // HANA may be asleep
    }
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
