// Where a Redis is bound, the approuter's sessions go there, so that they outlive an instance.
"use strict";

const { createHmac } = require("node:crypto");
const { services, stop } = require("./bindings.js");

function isRedis({ label, tags }) {
  return [label, ...(tags ?? [])].some((word) => /^redis(-cache)?$/.test(word));
}

const found = services.filter(isRedis);

// Whoever sets the approuter's own variable knows better.
if (!process.env.EXT_SESSION_MGT && found.length > 0) {
  if (found.length > 1) {
    stop(`There are ${found.length} Redis services bound (${found.map(({ name }) => name).join(", ")}); bind one.`);
  }
  const [{ name, credentials }] = found;
  if (typeof credentials.password !== "string" || credentials.password === "") {
    stop(`The Redis service ${name} has no password in its binding, and sessions are not kept without one.`);
  }
  process.env.EXT_SESSION_MGT = JSON.stringify({
    instanceName: name,
    storageType: "redis",
    // The same for all instances, known to nobody who cannot read the sessions anyway.
    sessionSecret: createHmac("sha512", credentials.password).update("tokonoma sessions").digest("hex"),
  });
}
