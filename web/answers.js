// Answers in the approuter's place: a refusal, and the page of a failure.
"use strict";

const { readFileSync } = require("node:fs");
const { STATUS_CODES, ServerResponse } = require("node:http");
const { join } = require("node:path");
const { responseHeaders = [], errorPage = [] } = require("./xs-app.json");

const SECURITY = Object.fromEntries(responseHeaders.map(({ name, value }) => [name, value]));
const { file } = errorPage.find(({ status }) => [status].flat().includes(500));
const FAILURE = readFileSync(join(__dirname, file));

/** Sends a whole answer and ends the connection; `to` is a request's response, or the socket of an upgrade. */
function send(to, status, type, body, more = {}) {
  const headers = {
    ...SECURITY,
    ...more,
    "Cache-Control": "no-store",
    "Content-Type": `${type}; charset=utf-8`,
    "Content-Length": Buffer.byteLength(body),
    Connection: "close",
  };
  if (to instanceof ServerResponse) {
    to.getHeaderNames().forEach((name) => to.removeHeader(name));
    // Not the response's own methods: the approuter wraps them, and may have failed in them.
    ServerResponse.prototype.writeHead.call(to, status, STATUS_CODES[status], headers);
    ServerResponse.prototype.end.call(to, body);
  } else {
    const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
    to.write(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${lines.join("")}\r\n`);
    to.end(body);
  }
}

const WHO_KNOWS_MORE = "For operators: `python -m tokonoma.doctor --url ADDRESS` looks at this address from outside.";

function sendRefusal(to, { status, reason, headers }) {
  send(to, status, "text/plain", `${reason}\n${WHO_KNOWS_MORE}\n`, headers);
}

/** 500 and its page; an answer that has begun is broken off, since it cannot be taken back. */
function sendFailure(to) {
  if (to.headersSent ?? to.bytesWritten > 0) {
    to.destroy();
  } else {
    send(to, 500, "text/html", FAILURE);
  }
}

module.exports = { sendFailure, sendRefusal };
