// Runs SQL through one of the Node clients: `node run.js hdb|hana-client`.
// Standard input: {"connection": {host, port, user, password, certificate, schema, extra}, "steps": [{sql, parameters}]}
// Standard output: for each step the rows, the count of changed rows, or {"code", "message"} of its error.
// Binary values travel as {"base64": …} in both directions.
'use strict';

const fs = require('fs');

function decode(value) {
  return value && value.base64 !== undefined ? Buffer.from(value.base64, 'base64') : value;
}

function encode(_, value) {
  if (value && value.type === 'Buffer' && Array.isArray(value.data)) {
    return { base64: Buffer.from(value.data).toString('base64') };
  }
  return typeof value === 'bigint' ? value.toString() : value;
}

function promised(call) {
  return new Promise((resolve, reject) => call((error, result) => (error ? reject(error) : resolve(result))));
}

const drivers = {
  hdb: async ({ host, port, user, password, certificate, schema, extra }) => {
    const client = require('hdb').createClient({
      host, port, user, password, ca: [certificate], useTLS: true, ...extra,
    });
    await promised((done) => client.connect(done));
    // It has no option for the schema.
    await promised((done) => client.exec(`SET SCHEMA "${schema.replaceAll('"', '""')}"`, done));
    return {
      run: async (sql, parameters) => {
        if (!parameters) return promised((done) => client.exec(sql, done));
        const statement = await promised((done) => client.prepare(sql, done));
        const result = await promised((done) => statement.exec(parameters.map(decode), done));
        await promised((done) => statement.drop(done));
        return result;
      },
      close: () => promised((done) => client.disconnect(done)),
    };
  },
  'hana-client': async ({ host, port, user, password, certificate, schema, extra }) => {
    const connection = require('@sap/hana-client').createConnection();
    await promised((done) => connection.connect({
      serverNode: `${host}:${port}`, uid: user, pwd: password, encrypt: true, sslTrustStore: certificate,
      currentSchema: schema, ...extra,
    }, done));
    return {
      run: (sql, parameters) => promised((done) => connection.exec(sql, (parameters || []).map(decode), done)),
      close: () => promised((done) => connection.disconnect(done)),
    };
  },
};

async function main() {
  const { connection, steps } = JSON.parse(fs.readFileSync(0, 'utf8'));
  const answers = [];
  let client;
  try {
    client = await drivers[process.argv[2]](connection);
  } catch (error) {
    console.log(JSON.stringify([{ code: error.code, message: error.message }]));
    return;
  }
  for (const { sql, parameters } of steps) {
    try {
      const result = await client.run(sql, parameters);
      answers.push(result === undefined ? null : result);
    } catch (error) {
      answers.push({ code: error.code, message: error.message });
    }
  }
  await client.close();
  console.log(JSON.stringify(answers, encode));
}

main();
