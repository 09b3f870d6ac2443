// Requests that cannot be right, which the approuter 23 fails at or should not take: each rule, and its words.
"use strict";

const querystring = require("node:querystring");
const { login, logout = {}, routes } = require("./xs-app.json");
const { services } = require("./bindings.js");

const CALLBACK = login?.callbackEndpoint ?? "/login/callback";

// A name or an address, and perhaps a port (RFC 3986 section 3.2).
const HOST = /^(?:[a-z0-9_][a-z0-9_.-]{0,252}|\[[0-9a-f:.]{2,45}\])(?::[0-9]{0,5})?$/i;
const PROTOCOLS = ["http", "https", process.env.ACCEPTED_FORWARD_PROTOCOLS].filter(Boolean);
// A path of one host, and perhaps a query.
const FORWARDED_PATH = /^\/(?!\/)[^\s"<>\\^`{|}]*$/;
// The fields that the approuter writes anew end with byte 222.
const PASSPORT = /^(?:[0-9a-f]{2}){222,}$/i;
// What a code, a state and an error are made of (RFC 6749 appendix A).
const VISIBLE = /^[\x20-\x7e]*$/;

// A route's source is a pattern, or an object of one (xs-app.json).
const ROUTES = routes.map(({ source, localDir }) => ({
  pattern: new RegExp(source.path ?? source, source.matchCase === false ? "i" : ""),
  isFolder: Boolean(localDir),
}));

const isIdentityBound =
  Boolean(process.env.IAS_SERVICE_NAME) || services.some(({ label }) => String(label).includes("identity"));
const SIGN_IN_TYPES = isIdentityBound ? ["xsuaa", "ias"] : ["xsuaa"];

/** RFC 9112 section 3.2.1; the approuter's readers disagree on the other forms, on a backslash and on a fragment. */
function flawOfTarget({ path, url }) {
  if (!url.startsWith("/") || path.includes("\\") || url.includes("#")) {
    return "The request's target is no path of this host.";
  }
  return path.includes(CALLBACK) && path !== CALLBACK
    ? "The request's path holds the login callback's in a longer one."
    : undefined;
}

/** What is left of a path behind a route's prefix is read as an address, where it looks like one. */
function flawOfFile({ path, url }) {
  const route = ROUTES.find(({ pattern }) => pattern.test(url));
  return route?.isFolder && (path.includes(":") || path.includes("//"))
    ? "The request's path is none of a file."
    : undefined;
}

/** RFC 9112 section 3.2: one Host, well-formed. The approuter makes its own address of it. */
function flawOfHost({ headers, names }) {
  if (names.filter((name) => name === "host").length !== 1) {
    return "The request has no Host header, or several.";
  }
  const given = ["x-forwarded-host", "x-custom-host"].filter((name) => headers[name]);
  const wrong = ["host", ...given].find((name) => !HOST.test(headers[name]));
  return wrong && `The header ${wrong} is no host.`;
}

function flawOfForwarding({ headers }) {
  const { "x-forwarded-proto": protocol, "x-forwarded-path": path } = headers;
  if (protocol && !PROTOCOLS.includes(protocol)) {
    return "The header x-forwarded-proto is neither http nor https.";
  }
  return path && !FORWARDED_PATH.test(path) ? "The header x-forwarded-path is no path." : undefined;
}

function flawOfPassport({ headers }) {
  const passport = headers["sap-passport"];
  return passport && !PASSPORT.test(passport) ? "The header sap-passport is no SAP passport." : undefined;
}

/** RFC 6265 section 4.1.1; the approuter cannot pass on what has no name. */
function flawOfCookies({ headers }) {
  return /(?:^|;)\s*=/.test(headers.cookie ?? "") ? "A cookie has no name." : undefined;
}

/** Ways in beside the sign-in page; programs with a token of their own ask the service itself. */
function flawOfAuthorization({ headers, parameters }) {
  const ways = ["x-approuter-authorization", "x-approuter-access-token"].filter((name) => name in headers);
  return ways.length > 0 || "approuterAuthCode" in parameters
    ? "People sign in here; a program with a token asks the service itself."
    : undefined;
}

/** RFC 6749 section 3.1: a parameter comes once. */
function flawOfParameters({ path, parameters }) {
  const { sap_idp: provider = "", ...others } = parameters;
  if (Array.isArray(provider) || !VISIBLE.test(provider)) {
    return "The parameter sap_idp is repeated, or no name.";
  }
  if (path !== CALLBACK) {
    return undefined;
  }
  const { authType = "xsuaa", ...answers } = others;
  if (!SIGN_IN_TYPES.includes(authType)) {
    return "The login callback's authType is none of the bound services.";
  }
  return Object.values(answers).every((value) => !Array.isArray(value) && VISIBLE.test(value))
    ? undefined
    : "A parameter of the login callback is repeated, or holds what no answer of a sign-in does.";
}

const RULES = [
  flawOfTarget,
  flawOfFile,
  flawOfHost,
  flawOfForwarding,
  flawOfPassport,
  flawOfCookies,
  flawOfAuthorization,
  flawOfParameters,
];

/** Status, reason and headers of what a request is refused with; undefined when the approuter may have it. */
function refusalOf({ method, url, headers, rawHeaders }) {
  const [path, ...query] = url.split("?");
  const parameters = { ...querystring.parse(query.join("?"), "&", "=", { maxKeys: 0 }) };
  const names = rawHeaders.filter((_, index) => index % 2 === 0).map((name) => name.toLowerCase());
  const request = { url, path, parameters, headers, names };
  for (const rule of RULES) {
    const reason = rule(request);
    if (reason) {
      return { status: 400, reason, headers: {} };
    }
  }
  const { logoutEndpoint, logoutMethod } = logout;
  return logoutMethod && path === logoutEndpoint && method !== logoutMethod
    ? { status: 405, reason: "The button on the start page signs out.", headers: { Allow: logoutMethod } }
    : undefined;
}

module.exports = { refusalOf };
