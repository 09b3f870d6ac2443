// What the process prints: an entry is one line, and shows no code, token or password.
"use strict";

const NAMES = "access_token|assertion|client_?secret|code_verifier|id_token|password|refresh_token|sessionId";
const SECRETS = [
  // A parameter of an address or of a form.
  [new RegExp(`(?<![\\w-])(code|${NAMES})=[^&\\s"'#\\\\]+`, "gi"), "$1=***"],
  // A member of an object, as JSON or as Node prints it.
  [new RegExp(`(?<![\\w-])((?:${NAMES})\\\\?["']?\\s*:\\s*\\\\?["'])[^"'\\\\]+`, "gi"), "$1***"],
  [/\b(Basic|Bearer)\s+[\w.~+/=-]+/gi, "$1 ***"],
  // A JWT: its payload is a JSON object in base64url. Matched from the start of a run of letters alone: from each
  // place in it, a long path that a caller chose would take the process a second.
  [/(?<![\w-])[\w-]+\.eyJ[\w-]+(\.[\w-]+)?/g, "***"],
];
// A caller's line break would begin an entry of the caller's own; the last one ends ours.
const CONTROL = /[\0-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029]|\n(?!$)/g;

function escaped(control) {
  return control === "\n" ? "\\n" : `\\u${control.charCodeAt(0).toString(16).padStart(4, "0")}`;
}

/** An entry with its secrets masked and its control characters escaped. */
function printable(entry) {
  const masked = SECRETS.reduce((text, [pattern, mask]) => text.replace(pattern, mask), entry);
  return masked.replace(CONTROL, escaped);
}

for (const stream of [process.stdout, process.stderr]) {
  const write = stream.write.bind(stream);
  stream.write = (chunk, ...rest) => write(typeof chunk === "string" ? printable(chunk) : chunk, ...rest);
}

module.exports = { printable };
