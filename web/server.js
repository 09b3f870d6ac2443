// The way of a request to the approuter: refused when it cannot be right, watched while it is handled.
"use strict";

const http = require("node:http");
const { sendRefusal } = require("./answers.js");
const badRequests = require("./bad_requests.js");
const failures = require("./failures.js");
const identity = require("./identity.js");

/** Stands before the handlers of a server, those of upgrades included: they know nothing of middlewares. */
function guarded(server) {
  const emit = server.emit.bind(server);
  server.emit = (event, ...parts) => {
    if (event !== "request" && event !== "upgrade") {
      return emit(event, ...parts);
    }
    const [request, answer] = parts;
    if (event === "upgrade") {
      answer.on("error", () => {}); // a caller who has gone; Node has taken its own listener away
    }
    const refusal = badRequests.refusalOf(request);
    if (refusal) {
      sendRefusal(answer, refusal);
    } else {
      failures.watched(request, answer, () => emit(event, ...parts));
    }
    return true;
  };
  server.once("listening", failures.keepTheProcess);
  return server;
}

const { createServer } = http;
http.createServer = (...parts) => {
  identity.need();
  return guarded(createServer(...parts));
};
