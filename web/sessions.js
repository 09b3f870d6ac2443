// Loaded ahead of the approuter: where a Redis is bound, its sessions go there, so that they outlive an instance.
"use strict";

const { createHmac } = require("node:crypto");

function isRedis({ label, tags }) {
  return [label, ...(tags ?? [])].some((word) => /^redis(-cache)?$/.test(word));
}

const services = Object.values(JSON.parse(process.env.VCAP_SERVICES || "{}")).flat();
const found = services.filter(isRedis);

// Whoever sets the approuter's own variable knows better.
if (!process.env.EXT_SESSION_MGT && found.length > 0) {
  const [{ name, credentials }] = found;
  if (found.length > 1 || !credentials.password) {
    console.error(
      found.length > 1
        ? `There are ${found.length} Redis services bound (${found.map((each) => each.name).join(", ")}); bind one.`
        : `The Redis service ${name} has no password in its binding, and sessions are not kept without one.`,
    );
    process.exit(1);
  }
  process.env.EXT_SESSION_MGT = JSON.stringify({
    instanceName: name,
    storageType: "redis",
    // The same for all instances, known to nobody who cannot read the sessions anyway.
    sessionSecret: createHmac("sha512", credentials.password).update("tokonoma sessions").digest("hex"),
  });
}
