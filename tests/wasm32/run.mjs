// SPDX-License-Identifier: BSL-1.0
// Runs a program of WebAssembly; its exit status is this one's.
//
//     node run.mjs <program.wasm> [arguments]
import { readFile } from "node:fs/promises";
import { WASI } from "node:wasi";

const args = process.argv.slice(2);
const wasi = new WASI({ version: "preview1", args, env: {}, returnOnExit: true });
const { instance } = await WebAssembly.instantiate(await readFile(args[0]), wasi.getImportObject());
process.exitCode = wasi.start(instance);
