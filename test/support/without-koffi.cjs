// Makes as if the optional package koffi were not installed, in this process and in those that it starts:
//   NODE_OPTIONS="--require $PWD/test/support/without-koffi.cjs" npx vitest run
const Module = require('node:module');

const resolve = Module._resolveFilename;
Module._resolveFilename = function (request, ...rest) {
  if (request === 'koffi') {
    throw Object.assign(new Error("Cannot find module 'koffi'"), { code: 'MODULE_NOT_FOUND' });
  }
  return resolve.call(this, request, ...rest);
};
