// What CAP does on HANA alone, where sqlite cannot follow: `node hana.js`.
// Standard output: what each statement found.
'use strict';

for (const name of ['log', 'info', 'debug', 'warn']) console[name] = console.error;
const cds = require('@sap/cds');

const MODEL = `
  entity Tools {
    key ID : Integer;
        name : String(40);
        use  : String(80);
        price : Decimal(9, 2);
  }
  entity Cheap(most : Decimal(9, 2), least : Decimal(9, 2)) as
    select from Tools { key ID, name, price } where price <= :most and price > :least;
  entity Names as projection on Tools { ID, name };
`;
const TOOLS = [
  { ID: 1, name: 'Hammer', use: 'drives nails', price: 12.5 },
  { ID: 2, name: 'Saw', use: 'cuts; not for nails', price: 20 },
  { ID: 3, name: 'Ärmel', use: 'keeps arms warm', price: 3 },
  { ID: 4, name: 'zip', use: null, price: null },
];

async function main() {
  await cds.plugins;
  const model = cds.compile(MODEL);
  cds.model = cds.compile.for.nodejs(model);
  const db = await cds.connect.to('db');
  await cds.deploy(model).to(db);
  const { Tools } = cds.entities;
  await db.run(INSERT.into(Tools).entries(TOOLS));
  const ids = (rows) => rows.map((row) => row.ID);
  const found = {};
  const cheap = SELECT.from({ ref: [{ id: 'Cheap', args: { most: { val: 12.5 }, least: { val: 3 } } }] }).columns('ID');
  found.parameters = ids(await db.run(cheap));
  found.searched = ids(await db.run(SELECT.from(Tools).columns('ID').search('nails').orderBy('ID')));
  found.alike = ids(await db.run(SELECT.from(Tools).columns('ID').search('hamer')));
  found.hints = ids(await db.run(SELECT.from(Tools).columns('ID').where({ ID: 1 }).hints('NO_CALC_VIEW_UNFOLDING')));
  found.sorted = await db.tx({ locale: 'de' }, () => SELECT.localized.from(Tools).columns('name').orderBy('name'));
  await db.run(INSERT.into('Names').entries({ ID: 5, name: 'Plane' }));
  await db.run(UPSERT.into('Names').entries([{ ID: 5, name: 'Pliers' }, { ID: 6, name: 'Rasp' }]));
  await db.run('INSERT INTO Names (ID, name) VALUES (7, ?)', ['File']);
  await db.run("UPDATE Names SET name = 'Files' WHERE ID = 7");
  found.written = await db.run(SELECT.from(Tools).columns('ID', 'name', 'price').where('ID > 4').orderBy('ID'));
  process.stdout.write(JSON.stringify(found), () => process.exit(0));
}

main().catch((error) => { console.error(error); process.exit(1); });
