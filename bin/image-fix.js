#!/usr/bin/env node
// CommonJS, as package.json beside this file says: it starts faster.
require("../dist/cli/cli-main.cjs");
