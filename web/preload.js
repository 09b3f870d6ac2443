// Loaded ahead of the approuter, which starts behind it unchanged: what its version 23 lacks (docs/approuter.md).
"use strict";

require("./log.js");
require("./sessions.js");
require("./server.js");
