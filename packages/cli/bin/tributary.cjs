#!/usr/bin/env node
// Each job expands and converts on threads of libuv's pool, whose size is taken when it is first used: before any module is loaded.
const { availableParallelism } = require("node:os");
process.env.UV_THREADPOOL_SIZE ??= String(Math.max(4, 2 * availableParallelism() + 2));
import("../dist/main.js");
