'use strict';
// A library: books of an HDI container, by hdb, for whoever may read them.

const express = require('express');
const hdb = require('hdb');
const { createSecurityContext, errors, XsuaaService } = require('@sap/xssec');

const services = JSON.parse(process.env.VCAP_SERVICES);
const { credentials: hana } = services.hana.find((each) => each.binding_name === 'books');
const xsuaa = new XsuaaService(services.xsuaa[0].credentials);
const mail = services['user-provided'][0].credentials;

function ask(sql, values) {
  return new Promise((resolve, reject) => {
    const client = hdb.createClient({ ...hana, useTLS: true });
    client.on('error', reject);
    client.connect((refused) => {
      if (refused) return reject(refused);
      client.prepare(sql, (error, statement) => {
        if (error) return reject(error);
        statement.exec(values, (failure, result) => {
          client.end();
          if (failure) reject(failure);
          else resolve(result);
        });
      });
    });
  });
}

async function mayRead(request, response, next) {
  try {
    request.caller = await createSecurityContext(xsuaa, { req: request });
  } catch (error) {
    if (!(error instanceof errors.ValidationError)) throw error;
    return response.sendStatus(401);
  }
  return request.caller.checkLocalScope('Read') ? next() : response.sendStatus(403);
}

const app = express();
app.get('/books', mayRead, async (request, response) => {
  response.json({
    reader: request.caller.getLogonName ? request.caller.getLogonName() : request.caller.token.payload.user_name,
    books: await ask(`SELECT ID, TITLE FROM "${hana.schema}".BOOK WHERE ID > ? ORDER BY ID`, [0]),
    hours: JSON.parse(process.env.OPENING_HOURS),
    address: process.env.PUBLIC_ADDRESS,
    mail: mail.from,
  });
});
app.listen(process.env.PORT, '127.0.0.1');
