// Whom the routes sign people in with: they name nobody, so it is what is bound; without it nothing is served.
"use strict";

const xsenv = require("@sap/xsenv");
const { stop } = require("./bindings.js");

/** What the approuter takes for XSUAA, and what for IAS (its lib/configuration). */
const KINDS = {
  xsuaa: ({ name, label, tags, credentials }) =>
    process.env.UAA_SERVICE_NAME
      ? name === process.env.UAA_SERVICE_NAME
      : [tags, label === "user-provided" && credentials?.tags].flat().includes("xsuaa"),
  ias: ({ name, label, credentials }) =>
    process.env.IAS_SERVICE_NAME
      ? name === process.env.IAS_SERVICE_NAME
      : [label, label === "user-provided" && credentials?.label].some((text) => text && text.includes("identity")),
};

/** Whether precisely one service is of a kind; the approuter takes several for none. */
function isBound(kind) {
  try {
    return Boolean(xsenv.getServices({ found: KINDS[kind] }, "default-services.json").found);
  } catch {
    return false;
  }
}

/** Ends the start where nobody could sign in. */
function need() {
  if (!isBound("xsuaa") && !isBound("ias")) {
    const several = "of several, name one in UAA_SERVICE_NAME or IAS_SERVICE_NAME";
    stop(`Nobody can sign in: bind one XSUAA or one IAS service; ${several}.`);
  }
}

module.exports = { need };
