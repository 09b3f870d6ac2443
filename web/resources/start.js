// Fills the start page: who is signed in, what they may see, what time it is in SAP HANA, and the way out.

// Without this header the approuter answers with its sign-in page, not with 401, once the session has ended.
const SCRIPTED = { "X-Requested-With": "XMLHttpRequest" };

// What the approuter answers in its own name, without a reason that a script could read.
const ROUTER_PROBLEMS = {
  401: {
    title: "Your session has ended.",
    detail: "Sign in again to go on.",
    link: { text: "Sign in again", href: "/" },
  },
  502: {
    title: "The application cannot be reached.",
    detail: "Check that myapp is running and that the destination “myapp” names its address.",
  },
  504: {
    title: "The application did not answer in time.",
    detail: "SAP HANA may be stopped or busy. Read again in a minute.",
  },
};
const UNREACHABLE = {
  title: "This page cannot reach its server.",
  detail: "Check the network, and that the approuter is running.",
};
const UNEXPECTED = {
  title: "The answer is not what this page expects.",
  detail: "Reload the page; if that does not help, open the application to see what it says.",
};

// In plain words what the scopes of xs-security.json are for, by their names behind the application's.
const SCOPES = {
  openid: "read HANA's time",
  Display: "see tables, as the policy shows them to viewers",
  Curate: "see tables, as the policy shows them to curators",
  Operate: "see how the service is doing, and what it does not show",
};
const MOST_LINKS = 8;

const element = (id) => document.getElementById(id);

class Refused extends Error {
  constructor(problem) {
    super(problem.title);
    this.problem = problem;
  }
}

/** Resolves to the answer if it is 2xx, else throws Refused with words for a person. */
async function ask(path, options = {}) {
  let response;
  try {
    response = await fetch(path, { ...options, headers: { ...SCRIPTED, ...options.headers } });
  } catch {
    throw new Refused(UNREACHABLE);
  }
  if (!response.ok) {
    throw new Refused(await problemIn(response));
  }
  return response;
}

/** The application's own words (RFC 9457) where there are some, else ours for what the approuter says. */
async function problemIn(response) {
  if (response.headers.get("content-type")?.startsWith("application/problem+json")) {
    const { title, detail } = await response.json();
    return { title: title ?? `The application answered ${response.status}.`, detail };
  }
  return (
    ROUTER_PROBLEMS[response.status] ?? {
      title: `The answer was ${response.status} ${response.statusText}.`,
      detail: "The logs of web and myapp have more.",
    }
  );
}

function show(strip, error) {
  const { title, detail, link } = error instanceof Refused ? error.problem : UNEXPECTED;
  const heading = document.createElement("strong");
  heading.textContent = title;
  strip.replaceChildren(heading, ...(detail ? [detail] : []));
  if (link) {
    const anchor = document.createElement("a");
    anchor.textContent = link.text;
    anchor.href = link.href;
    strip.append(" ", anchor);
  }
  strip.hidden = false;
}

async function showUser() {
  const user = await (await ask("/user-api/currentUser")).json();
  const name = [user.firstname, user.lastname].filter(Boolean).join(" ") || user.name;
  element("person").textContent = name;
  element("user-name").textContent = name;
  element("user-email").textContent = user.email ?? "";
  const scopes = user.scopes ?? [];
  const may = scopes.map((scope) => SCOPES[scope.split(".").at(-1)]).filter(Boolean);
  element("user-scopes").replaceChildren(...scopes.map(item));
  element("user-may").replaceChildren(...may.map(item));
  for (const part of document.querySelectorAll(".scopes")) {
    part.hidden = scopes.length === 0; // people who have signed in with IAS have none
  }
  element("user").hidden = false;
}

function item(text) {
  const found = document.createElement("li");
  found.append(text);
  return found;
}

/** A link to a table's page; names are those of addresses already, but for what a URL may not have. */
function linkTo({ name, label }) {
  const link = document.createElement("a");
  link.href = `/myapp/data/${encodeURIComponent(name)}`;
  link.textContent = label;
  return item(link);
}

/** What the policy shows, in words: how much, of which rooms (or whatever the user's attributes are), and where. */
async function showObjects() {
  element("shown").hidden = false;
  try {
    const { roles, attributes, objects } = await (await ask("/myapp/me")).json();
    element("user-roles").replaceChildren(...(roles.length ? roles : ["nobody in particular"]).map(item));
    const of = Object.entries(attributes).map(([name, values]) => `${name}: ${values.join(", ") || "none"}`);
    const amount = objects.length === 1 ? "One table or view" : `${objects.length} tables and views`;
    element("amount").textContent = !objects.length
      ? "There is nothing here that you may see. If you expected something, ask for a role."
      : of.length
        ? `${amount}. How much you see of them depends on your ${of.join("; ")}.`
        : `${amount}.`;
    element("objects").replaceChildren(...objects.slice(0, MOST_LINKS).map(linkTo));
    if (objects.length > MOST_LINKS) {
      element("objects").append(item(`and ${objects.length - MOST_LINKS} more`));
    }
  } catch (error) {
    element("shown").hidden = true;
    show(element("objects-problem"), error);
  }
}

async function readTime() {
  const response = await ask("/myapp/", { headers: { Accept: "application/json" } });
  const text = (await response.json()).current_utctimestamp;
  const instant = new Date(text);
  if (Number.isNaN(instant.getTime())) {
    throw new Refused(UNEXPECTED);
  }
  return { text, instant };
}

async function showTime() {
  const button = element("read-again");
  if (button.ariaDisabled === "true") {
    return;
  }
  button.ariaDisabled = "true"; // not `disabled`, which would take the focus away
  try {
    const { text, instant } = await readTime();
    const inUtc = (options) => new Intl.DateTimeFormat("en-GB", { timeZone: "UTC", ...options }).format(instant);
    element("hana-time").dateTime = text;
    element("hana-time").textContent = `${inUtc({ timeStyle: "medium" })} UTC`;
    element("hana-date").textContent = inUtc({ dateStyle: "full" });
    element("clock").hidden = false;
    element("clock-problem").hidden = true;
  } catch (error) {
    element("clock").hidden = true;
    show(element("clock-problem"), error);
  } finally {
    button.ariaDisabled = "false";
  }
}

/** Leaves the approuter and then XSUAA or IAS; works after the session has ended too, since the token comes by a public path. */
async function signOut() {
  const fetched = await ask("/health", { headers: { "X-CSRF-Token": "fetch" } });
  await fetched.text(); // to its end, or leaving the page would break it off
  const token = fetched.headers.get("x-csrf-token");
  const answer = await ask("/do/logout", { method: "POST", headers: { "X-CSRF-Token": token } });
  location.assign(await answer.text());
}

element("clock").hidden = false;
element("read-again").hidden = false;
element("sign-out").hidden = false;
element("read-again").addEventListener("click", showTime);
element("sign-out").addEventListener("click", () => signOut().catch((error) => show(element("problem"), error)));
showUser().catch((error) => show(element("problem"), error));
showObjects();
showTime();
