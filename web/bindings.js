// The services that the platform has bound, checked: out of a file (Cloud Foundry RFC-0030) or of VCAP_SERVICES.
"use strict";

const { readFileSync, statSync } = require("node:fs");

// What the Cloud Controller writes at most, in bytes.
const LARGEST_FILE = 1_000_000;
const NAMED_FILE = "The file that VCAP_SERVICES_FILE_PATH names";

/** Ends the start with one sentence. */
function stop(sentence) {
  console.error(sentence);
  process.exit(1);
}

/** The file's text. Neither it nor its path is told: the path may be credentials that went astray. */
function textOfFile(path) {
  try {
    const file = statSync(path);
    if (!file.isFile()) {
      return stop(`${NAMED_FILE} is no file.`);
    }
    if (file.size > LARGEST_FILE) {
      return stop(`${NAMED_FILE} has more than ${LARGEST_FILE} bytes, which the platform does not write.`);
    }
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(readFileSync(path));
  } catch (error) {
    return stop(`${NAMED_FILE} cannot be read (${error.code ?? error.name}).`);
  }
}

const isObject = (value) => typeof value === "object" && value !== null && !Array.isArray(value);
const isText = (value) => typeof value === "string";

/** What is wrong with a service, in words that quote nothing; undefined when it is as Cloud Foundry writes it. */
function flawOf(service) {
  if (!isObject(service)) {
    return "a service is no object";
  }
  if (!isText(service.name) || service.name === "") {
    return "a service has no name";
  }
  if (!isObject(service.credentials)) {
    return "the credentials of a service are no object";
  }
  const tags = service.tags ?? [];
  return Array.isArray(tags) && tags.every(isText) ? undefined : "the tags of a service are no list of texts";
}

/** The object in a JSON text. The error of one that is none would quote the text. */
function objectIn(text, source) {
  let document;
  try {
    document = JSON.parse(text);
  } catch {
    // Stops below.
  }
  return isObject(document) ? document : stop(`${source} is not the JSON that Cloud Foundry writes.`);
}

function servicesIn(text, source) {
  const lists = Object.values(objectIn(text, source));
  const services = lists.flat();
  const flaw = lists.every(Array.isArray) ? services.map(flawOf).find(Boolean) : "services come in lists";
  return flaw ? stop(`${source} is not the JSON that Cloud Foundry writes: ${flaw}.`) : services;
}

/** The bound services; the approuter finds them in VCAP_SERVICES, wherever the platform has put them. */
function read(environment) {
  objectIn(environment.VCAP_APPLICATION || "{}", "VCAP_APPLICATION");
  const path = environment.VCAP_SERVICES_FILE_PATH;
  if (!path) {
    return servicesIn(environment.VCAP_SERVICES || "{}", "VCAP_SERVICES");
  }
  const text = textOfFile(path);
  const services = servicesIn(text, NAMED_FILE);
  environment.VCAP_SERVICES = text;
  delete environment.VCAP_SERVICES_FILE_PATH;
  return services;
}

module.exports = { services: read(process.env), stop };
