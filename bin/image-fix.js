#!/usr/bin/env node
// CommonJS, as package.json beside this file says: it starts faster.
const { enableCompileCache } = require("node:module");
// From Node 22.1 on.
enableCompileCache?.();
require("../dist/cli/cli-main.cjs");
