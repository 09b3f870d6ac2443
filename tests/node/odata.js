// Reads from an OData service through clients from the registry: `node odata.js client|csdl|edmx ADDRESS TOKEN VERSION`.
// Standard output: one JSON document.
'use strict';

const [, , what, address, token, version] = process.argv;
const headers = { Authorization: `Bearer ${token}`, 'OData-MaxVersion': version };

async function text(path, accept) {
  const answer = await fetch(`${address}${path}`, { headers: { ...headers, Accept: accept } });
  if (!answer.ok) throw new Error(`${answer.status} for ${path}`);
  return answer.text();
}

const tools = {
  // Asks as a program does, one request at a time and several in a batch.
  client: async () => {
    const { OData } = require('@odata/client');
    const options = { metadataUri: `${address}$metadata`, commonHeaders: headers, processCsrfToken: false };
    const client = OData.New4(options);
    const works = client.getEntitySet('WORK');
    const one = await works.retrieve(3);
    const found = await works.find({ TITLE: 'Work 3' });
    const some = await works.query(client.newParam().top(2).skip(1).orderby('ID', 'desc').select('ID'));
    const count = await works.count();
    const batch = await client.execBatchRequests([
      client.newBatchRequest({ collection: 'WORK', id: 1 }),
      client.newBatchRequest({ collection: 'WORD', params: client.newParam().top(2) }),
    ]);
    const batched = await Promise.all(batch.map(async (each) => ({ status: each.status, body: await each.json() })));
    return { one, found, some, count, batched };
  },
  // CSDL in both forms: what odata-csdl makes of the XML, and the service's own JSON.
  csdl: async () => {
    const csdl = require('odata-csdl');
    const problems = [];
    const options = { strict: true, messages: problems };
    const fromXml = csdl.xml2json(await text('$metadata', 'application/xml'), options);
    return { fromXml, json: JSON.parse(await text('$metadata', 'application/json')), problems };
  },
  // What Fiori tools read out of the XML.
  edmx: async () => {
    const { parse } = require('@sap-ux/edmx-parser');
    const { schema } = parse(await text('$metadata', 'application/xml'));
    return schema;
  },
};

tools[what]().then(
  (found) => console.log(JSON.stringify(found)),
  (error) => { console.error(error); process.exitCode = 1; },
);
