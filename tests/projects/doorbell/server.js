'use strict';
// Says who rings: a token of IAS, checked by SAP's library.

const http = require('http');
const { createSecurityContext, errors, IdentityService } = require('@sap/xssec');

const { credentials } = JSON.parse(process.env.VCAP_SERVICES).identity[0];
const ias = new IdentityService(credentials);

async function answer(request, response) {
  try {
    const { token } = await createSecurityContext(ias, { req: request });
    response.end(JSON.stringify({ email: token.payload.email, groups: token.payload.groups }));
  } catch (error) {
    if (!(error instanceof errors.ValidationError)) throw error;
    response.writeHead(401).end();
  }
}

http.createServer(answer).listen(process.env.PORT, '127.0.0.1');
