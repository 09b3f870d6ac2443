// Reads books one by one, authors as one stream of JSON, and so on, as code of CAP may: `node stream.js`.
// Standard output: {"one": rows one by one, "all": rows of a stream, "locked": …, "pairs": …, "long": …, "deep": …}.
'use strict';

for (const name of ['log', 'info', 'debug', 'warn']) console[name] = console.error;
const crypto = require('crypto');
const cds = require('@sap/cds');

async function main() {
  cds.root = __dirname;
  await cds.plugins;
  const model = cds.minify(await cds.load('*'));
  cds.model = cds.compile.for.nodejs(model);
  const db = await cds.connect.to('db');
  await cds.deploy(model).to(db);
  const { Books, Authors, Orders } = cds.entities('library');
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
  // As many as sqlite takes, and 3 MB in all.
  const many = ['dracula', ...Array.from({ length: 20000 }, (_, number) => `${number}`.padEnd(150, 'ß')), 'Mathilda'];
  found.long = await SELECT.from(Books).columns('ID', 'title').where({ title: { in: many } }).orderBy('ID');
  const note = 'Ein Brief für 3 €. '.repeat(100000);
  const items = Array.from({ length: 3000 }, (_, pos) => ({ pos, quantity: pos % 7, remarks: [{ line: 1, text: `ä${pos}` }] }));
  await INSERT.into(Orders).entries({ ID: 'cccccccc-0000-4000-8000-000000000001', number: '77', note, items });
  const [order] = await SELECT.from(Orders, (o) => { o.note, o.items((i) => { i.pos, i.quantity, i.remarks('*') }) }).where({ number: '77' });
  order.items.sort((one, other) => one.pos - other.pos);
  found.deep = crypto.createHash('sha256').update(JSON.stringify(order)).digest('hex');
  process.stdout.write(JSON.stringify(found), () => process.exit(0));
}

main().catch((error) => { console.error(error); process.exit(1); });
