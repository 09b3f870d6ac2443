// The net behind the approuter's handlers: what fails for one request costs that request, and not the process.
"use strict";

const { AsyncLocalStorage } = require("node:async_hooks");
const { relative } = require("node:path");
const { sendFailure } = require("./answers.js");

// The request that the running code works for, across its callbacks and promises.
const current = new AsyncLocalStorage();

/** The kind of an error, and where it was thrown; its message may hold what the caller sent. */
function kindOf(error) {
  if (!(error instanceof Error)) {
    return `a thrown ${typeof error}`;
  }
  const frames = String(error.stack).replace(error.message, "").match(/[^\s()]+:\d+(?=:\d+\)?$)/gm) ?? [];
  const place = frames.find((frame) => frame.includes("node_modules")) ?? frames[0] ?? "an unknown place";
  return `${error.code ?? error.name} in ${relative(__dirname, place).replace("node_modules/", "")}`;
}

/** Says in the log what has failed, and answers where that is not done yet. */
function fail({ what, answer }, error) {
  const id = answer?.req?.headers["x-correlationid"];
  console.error(`ERROR The approuter failed at a request: ${kindOf(error)} (${what}${id ? `, ${id}` : ""})`);
  if (answer && !answer.writableEnded) {
    sendFailure(answer);
  }
}

/** Runs code of a request; what it throws, now or later, is the request's. */
function within(exchange, code) {
  return current.run(exchange, () => {
    try {
      return code();
    } catch (error) {
      fail(exchange, error);
      return true;
    }
  });
}

/** Breaks an answer off when what it is made of breaks off; else its client waits, and is told of no end. */
function breakOffWith(answer) {
  answer.on("pipe", (source) => {
    source.once("close", () => {
      if (!source.readableEnded && answer.headersSent && !answer.writableEnded) {
        answer.destroy();
      }
    });
  });
}

/** Runs the handler of a request; `answer` is its response, or the socket of an upgrade. */
function watched(request, answer, handler) {
  const exchange = { what: `${request.method} ${request.url.split("?")[0].slice(0, 200)}`, answer };
  for (const emitter of [request, answer]) {
    // Their events come from the connection, which serves one request after the other.
    const emit = emitter.emit.bind(emitter);
    emitter.emit = (...parts) => within(exchange, () => emit(...parts));
  }
  breakOffWith(answer);
  answer.once("close", () => delete exchange.answer); // so that what outlives the request does not keep it
  within(exchange, handler);
}

/** For what nobody has caught; where no request is known it ends the process, as without this file. */
function onUncaught(error) {
  const exchange = current.getStore();
  if (exchange) {
    fail(exchange, error);
  } else {
    console.error(error);
    process.exit(1);
  }
}

/** From now on; a fault at the start still ends it. */
function keepTheProcess() {
  process.on("unhandledRejection", onUncaught);
  process.on("uncaughtException", onUncaught);
}

module.exports = { keepTheProcess, watched };
