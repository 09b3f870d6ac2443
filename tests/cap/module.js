// Writes the module that `cds build --for hana` makes of the project: `node module.js`.
// Standard input is left alone; standard output: {path in the module: content}.
'use strict';

for (const name of ['log', 'info', 'debug', 'warn']) console[name] = console.error;
const fs = require('fs');
const path = require('path');
const cds = require('@sap/cds');

async function main() {
  cds.root = __dirname;
  // HANA's import takes bytes in base 64 where it is told so.
  cds.env.hana.table_data.column_mapping.Binary = 'DecodeBASE64';
  const model = cds.minify(await cds.load('*'));
  const files = {};
  for (const [content, { file }] of cds.compile.to.hdbtable(model)) files[`src/gen/${file}`] = content;
  for (const [content, { file, csvFolder }] of await cds.compile.to.hdbtabledata(model)) {
    files[`src/gen/data/${file}`] = JSON.stringify(content);
    for (const { source_data: { file_name: csv } } of content.imports) {
      files[`src/gen/data/${csv}`] = fs.readFileSync(path.join(csvFolder, csv), 'utf8');
    }
  }
  process.stdout.write(JSON.stringify(files));
}

main().catch((error) => { console.error(error); process.exitCode = 1; });
