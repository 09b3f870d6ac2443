// Asks the service of this project, which runs on the database that CDS_CONFIG names: `node ask.js`.
// Standard input: [{method, path, body, headers}], standard output: [{status, type, body}] in the same order.
'use strict';

const fs = require('fs');

// Standard output is for the answers alone.
for (const name of ['log', 'info', 'debug', 'warn']) console[name] = console.error;
const cds = require('@sap/cds');

async function main() {
  const requests = JSON.parse(fs.readFileSync(0, 'utf8'));
  cds.root = __dirname;
  await cds.plugins;
  const server = await cds.server({ port: 0, in_memory: true });
  if (!server.listening) await new Promise((done) => server.once('listening', done));
  await cds.emit('listening', { server, url: '' });
  const address = `http://127.0.0.1:${server.address().port}`;
  const answers = [];
  for (const { method = 'GET', path, body, headers = {} } of requests) {
    const json = body !== undefined && typeof body !== 'string' ? { 'Content-Type': 'application/json' } : {};
    const answer = await fetch(address + path, {
      method,
      headers: { ...json, ...headers },
      body: body === undefined || typeof body === 'string' ? body : JSON.stringify(body),
    });
    const type = (answer.headers.get('content-type') || '').split(';')[0];
    const bytes = Buffer.from(await answer.arrayBuffer());
    const isText = type.startsWith('text/') || type === 'application/json' || type.startsWith('multipart/');
    answers.push({ status: answer.status, type, body: isText ? bytes.toString() : bytes.toString('base64') });
  }
  process.stdout.write(JSON.stringify(answers), () => process.exit(0));
}

main().catch((error) => { console.error(error); process.exit(1); });
