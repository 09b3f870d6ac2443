// Writes the design-time files that `cds build` makes of the project: `node compile.js`.
// Standard input is left alone; standard output: {file: content}.
'use strict';

for (const name of ['log', 'info', 'debug', 'warn']) console[name] = console.error;
const cds = require('@sap/cds');

async function main() {
  cds.root = __dirname;
  const model = cds.minify(await cds.load('*'));
  const files = {};
  for (const [content, { file }] of cds.compile.to.hdbtable(model)) files[file] = content;
  process.stdout.write(JSON.stringify(files));
}

main().catch((error) => { console.error(error); process.exitCode = 1; });
