// Times two requests of the project on the database that CDS_CONFIG names: `node measure.js`.
// Standard input: {"rounds": n, "server": process id or null}.
// Standard output: {"read": {"times": [ms, …], "cpu": ms}, "insert": …}: the CPU time of a request, of both processes.
'use strict';

const fs = require('fs');
for (const name of ['log', 'info', 'debug', 'warn']) console[name] = console.error;
const cds = require('@sap/cds');

const WARM_UP = 15;
const MS_A_TICK = 10;

async function main() {
  const { rounds, server: pid } = JSON.parse(fs.readFileSync(0, 'utf8'));
  cds.root = __dirname;
  await cds.plugins;
  const server = await cds.server({ port: 0, in_memory: true });
  if (!server.listening) await new Promise((done) => server.once('listening', done));
  const address = `http://127.0.0.1:${server.address().port}/reading`;
  const send = async (path, body) => {
    const init = { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) };
    const answer = await fetch(`${address}/${path}`, body === undefined ? {} : init);
    if (!answer.ok) throw new Error(`${answer.status} for ${path}: ${await answer.text()}`);
    return answer.json();
  };
  const cpu = () => {
    const { user, system } = process.cpuUsage();
    const own = (user + system) / 1000;
    if (!pid) return own;
    const fields = fs.readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ');
    return own + (Number(fields[11]) + Number(fields[12])) * MS_A_TICK;
  };
  const measured = async (work) => {
    for (let round = 0; round < WARM_UP; round++) await work();
    const times = [], before = cpu();
    for (let round = 0; round < rounds; round++) {
      const start = performance.now();
      await work();
      times.push(performance.now() - start);
    }
    return { times, cpu: (cpu() - before) / rounds };
  };
  for (let ID = 1000; ID < 1100; ID++) {
    await send('Books', { ID, title: `Book ${ID}`, stock: ID, price: '9.99', author_ID: 101, genre_ID: 11 });
  }
  const order = () => ({
    number: '1',
    items: Array.from({ length: 10 }, (_, pos) => ({
      pos, book_ID: 1000 + pos, quantity: 1, amount: '9.99', remarks: [{ line: 1, text: 'a' }, { line: 2, text: 'b' }],
    })),
  });
  const read = await measured(() => send('Books?$filter=ID%20ge%201000&$top=100'));
  const insert = await measured(() => send('Orders', order()));
  process.stdout.write(JSON.stringify({ read, insert }), () => process.exit(0));
}

main().catch((error) => { console.error(error); process.exit(1); });
