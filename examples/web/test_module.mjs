// SPDX-License-Identifier: BSL-1.0
// The module without a browser: it imports nothing, gives what the native program gives, and learns.
//
//     node test_module.mjs <folder of the site>
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { gzipSync } from "node:zlib";
import { loadNet, numbersOf } from "./net.js";

const site = process.argv[2];
const bytes = await readFile(`${site}/digits.wasm`);
const packed = gzipSync(bytes, { level: 9 }).length;
console.log(`digits.wasm: ${bytes.length} bytes, ${packed} gzipped`);
assert.deepEqual(WebAssembly.Module.imports(await WebAssembly.compile(bytes)), []);
assert(packed < 80_000);

const before = performance.now();
const net = await loadNet(bytes);
net.read(new Float32Array(64));
console.log(`first answer: ${(performance.now() - before).toFixed(1)} ms`);

const digits = numbersOf(await readFile(`${site}/digits.csv`, "utf8"));
const expected = numbersOf(await readFile(new URL("expected.csv", import.meta.url), "utf8"));
const heldOut = (n) => digits.slice(65 * (5 * n + 4), 65 * (5 * n + 4) + 64).map((p) => p / 16);
const count = expected.length / 10;
const { probabilities } = net.read(Array.from({ length: count }, (_, n) => heldOut(n)).flat());
const apart = Math.max(...expected.map((p, i) => Math.abs(p - probabilities[i])));
console.log(`${count} digits: the probabilities differ from the native program's by ${apart.toExponential(1)}`);
assert(apart < 1e-5);

const one = heldOut(0);
const time = (what, times) => {
  const from = performance.now();
  for (let i = 0; i < times; ++i) what();
  return (1000 * (performance.now() - from)) / times;
};
time(() => net.read(one), 200);
console.log(`a further answer: ${time(() => net.read(one), 2000).toFixed(1)} us`);

net.give(Uint8Array.from(digits));
console.log(`stored weights: accuracy ${net.accuracy().toFixed(3)}`);
assert(net.accuracy() > 0.95);
net.begin(1);
const untrained = net.accuracy(), first = net.train(20);
const step = time(() => net.train(580), 1) / 580, last = net.train(20);
console.log(`trained: loss ${first.toFixed(3)} to ${last.toFixed(3)}, accuracy ${untrained.toFixed(3)} to ${net.accuracy().toFixed(3)}, ` +
            `${step.toFixed(0)} us a step of 32 digits; memory ${net.bytesOfMemory() / 1024} KiB`);
assert(last < first / 5 && untrained < 0.5 && net.accuracy() > 0.93);
