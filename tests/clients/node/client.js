// Runs the steps of tests/clients/steps.py through a Node driver: `node client.js hdb|hana-client`.
'use strict';

const crypto = require('crypto');
const fs = require('fs');
const path = require('path');
const readline = require('readline');
const { createRequire } = require('module');

const required = createRequire(path.join(__dirname, '..', '..', 'node', 'package.json'));
const cesu8 = required('iconv-lite');

function promised(call) {
  return new Promise((resolve, reject) => {
    call((error, ...found) => (error ? reject(error) : resolve(found.length > 1 ? found : found[0])));
  });
}

// A parameter: what JavaScript has no exact type for goes as text.
function value([kind, text, times]) {
  if (text === null) return null;
  switch (kind) {
    case 'double':
      return Number(text);
    case 'boolean':
      return text === 'true';
    case 'bytes':
      return Buffer.from(text, 'hex');
    case 'long text':
      return Buffer.from(text.repeat(times), 'utf8');
    case 'long bytes':
      return Buffer.from(text.repeat(times), 'hex');
    default:
      return text;
  }
}

function shown(found, type) {
  if (found === null || found === undefined) return null;
  let text = String(found);
  if (Buffer.isBuffer(found)) text = found.toString('hex');
  if (text.length <= 1000) return text;
  return `${[...text].length} ${crypto.createHash('sha256').update(text).digest('hex')}`;
}

function answered(names, types, rows) {
  return { names, types, rows: rows.map((row) => row.map((cell, index) => shown(cell, types[index]))) };
}

// npm's `hdb`: all of it in JavaScript.
const hdb = {
  async connect({ host, port, user, password, certificate, schema }) {
    const client = required('hdb').createClient({
      host, port, user, password, useTLS: true, servername: host,
      // Without it Node's own list of authorities counts.
      ...(certificate ? { ca: fs.readFileSync(certificate, 'utf8') } : {}),
      // The newest form of the values: BOOLEAN is a number before, and TIMESTAMP ends with milliseconds.
      dataFormatSupport: 9,
    });
    client.on('error', () => {});
    await promised((done) => client.connect(done));
    await promised((done) => client.exec(`SET SCHEMA "${schema}"`, done));
    return client;
  },
  begin: (client) => client.setAutoCommit(false),
  commit: (client) => promised((done) => client.commit(done)),
  rollback: (client) => promised((done) => client.rollback(done)),
  close: (client) => promised((done) => client.disconnect(done)),

  async execute(client, { sql, parameters }) {
    if (!parameters) return hdb.outcome(await promised((done) => client.execute(sql, { rowsAsArray: true }, done)));
    const statement = await promised((done) => client.prepare(sql, done));
    try {
      const given = parameters.map(value);
      return await hdb.outcome(await promised((done) => statement.execute(given, { rowsAsArray: true }, done)));
    } finally {
      await promised((done) => statement.drop(done));
    }
  },

  async outcome(found) {
    // What a statement without rows gives is their count, behind empty output parameters or alone.
    const result = Array.isArray(found) ? found[found.length - 1] : found;
    if (result === undefined || typeof result === 'number') return { count: result };
    const { TypeCode } = required('hdb/lib/protocol/common');
    const named = Object.fromEntries(Object.entries(TypeCode).map(([name, code]) => [code, name]));
    const types = result.metadata.map((column) => named[column.dataType]);
    const rows = await promised((done) => result.fetch(done));
    // The driver leaves the text of LOBs as it came.
    const decoded = (cell, type) => (Buffer.isBuffer(cell) && /CLOB|BINTEXT/.test(type) ? cesu8.decode(cell, 'cesu8') : cell);
    return answered(result.metadata.map((column) => column.columnDisplayName), types, rows.map(
      (row) => row.map((cell, index) => decoded(cell, types[index])),
    ));
  },

  async batch(client, { sql, rows }) {
    const statement = await promised((done) => client.prepare(sql, done));
    try {
      const counts = await promised((done) => statement.exec(rows.map((row) => row.map(value)), done));
      return { counts: [].concat(counts) };
    } finally {
      await promised((done) => statement.drop(done));
    }
  },
};

// SAP's `@sap/hana-client`: the same library below as hdbcli's.
const hanaClient = {
  async connect({ host, port, user, password, certificate, schema }) {
    const connection = required('@sap/hana-client').createConnection();
    await promised((done) => connection.connect({
      serverNode: `${host}:${port}`, uid: user, pwd: password, encrypt: true, sslTrustStore: certificate,
      currentSchema: schema,
    }, done));
    return connection;
  },
  begin: (connection) => connection.setAutoCommit(false),
  commit: (connection) => promised((done) => connection.commit(done)),
  rollback: (connection) => promised((done) => connection.rollback(done)),
  close: (connection) => promised((done) => connection.disconnect(done)),

  async execute(connection, { sql, parameters, timeout }) {
    const statement = await promised((done) => connection.prepare(sql, done));
    try {
      if (timeout) statement.setTimeout(timeout);
      const given = (parameters || []).map(value);
      const columns = statement.getColumnInfo();
      const found = await promised((done) => statement.exec(given, { rowsAsArray: true }, done));
      if (!Array.isArray(found)) return { count: found || 0 };
      return answered(
        columns.map((column) => column.columnName), columns.map((column) => column.nativeTypeName), found,
      );
    } finally {
      await promised((done) => statement.drop(done));
    }
  },

  async batch(connection, { sql, rows }) {
    const statement = await promised((done) => connection.prepare(sql, done));
    try {
      const found = await promised((done) => statement.execBatch(rows.map((row) => row.map(value)), done));
      return { counts: [].concat(found) };
    } finally {
      await promised((done) => statement.drop(done));
    }
  },
};

function refusal(error) {
  return { error: { code: typeof error.code === 'number' ? error.code : -1, text: error.message, ...place(error) } };
}

function place(error) {
  return typeof error.position === 'number' ? { position: error.position } : {};
}

async function run(driver, { connection, sessions: count, steps }) {
  const sessions = [];
  const answers = [];
  try {
    for (let number = 0; number < count; number += 1) sessions.push(await driver.connect(connection));
  } catch (error) {
    return [refusal(error)];
  }
  for (const step of steps) {
    try {
      answers.push(await driver[step.do](sessions[step.session || 0], step) || {});
    } catch (error) {
      answers.push(refusal(error));
    }
  }
  for (const session of sessions) await driver.close(session);
  return answers;
}

async function main() {
  const driver = { hdb, 'hana-client': hanaClient }[process.argv[2]];
  for await (const line of readline.createInterface({ input: process.stdin })) {
    console.log(JSON.stringify(await run(driver, JSON.parse(line))));
  }
}

main();
