// Reads books one by one, authors as one stream of JSON, and so on, as code of CAP may: `node stream.js`.
// Standard output: {"one": rows one by one, "all": rows of a stream, "locked": …, "pairs": …}.
'use strict';

for (const name of ['log', 'info', 'debug', 'warn']) console[name] = console.error;
const cds = require('@sap/cds');

async function main() {
  cds.root = __dirname;
  await cds.plugins;
  const model = cds.minify(await cds.load('*'));
  cds.model = cds.compile.for.nodejs(model);
  const db = await cds.connect.to('db');
  await cds.deploy(model).to(db);
  const { Books, Authors } = cds.entities('library');
  const found = { one: [], all: [], locked: [], pairs: [] };
  const books = () => SELECT.from(Books, (b) => { b.ID, b.title, b.blurb, b.price, b.mark }).orderBy('ID');
  await db.tx(async () => {
    for await (const book of books()) found.one.push({ ...book, mark: book.mark && Buffer.from(book.mark).toString('hex') });
  });
  await db.tx(async () => {
    let text = '';
    const stream = await SELECT.from(Authors).columns('ID', 'name').orderBy('ID').stream();
    for await (const chunk of stream) text += chunk;
    found.all = JSON.parse(text);
  });
  await db.tx(async () => {
    found.locked = await SELECT.from(Books).columns('ID', 'title').where({ ID: 203 }).forUpdate({ wait: 1 });
  });
  found.pairs = await SELECT.from(Books).columns('ID').where`(ID, stock) in ((201, 12), (202, 5), (203, 33))`.orderBy('ID');
  process.stdout.write(JSON.stringify(found), () => process.exit(0));
}

main().catch((error) => { console.error(error); process.exit(1); });
