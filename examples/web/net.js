// SPDX-License-Identifier: BSL-1.0
// The WebAssembly module, with its memory as arrays. It imports nothing.

export async function loadNet(bytes) {
  const { instance } = await WebAssembly.instantiate(bytes, {});
  const m = instance.exports;
  m._initialize();
  m.begin(0);
  // A view is made for each use: memory that grows leaves its views behind.
  const floats = (address, count) => new Float32Array(m.memory.buffer, address, count);
  return {
    bytesOfMemory: () => m.memory.buffer.byteLength,
    /** Begins anew: with the stored weights for seed 0, else with random ones. */
    begin: (seed) => m.begin(seed),
    /** Reads images of 64 pixels each, one after another, at most 32. */
    read(pixels) {
      floats(m.pixels(), pixels.length).set(pixels);
      const count = pixels.length / 64;
      m.read_images(count);
      return {
        probabilities: floats(m.probabilities(), 10 * count),
        seen: floats(m.seen(), 8 * 8 * 16),
        found: floats(m.found(), 4 * 4 * 32),
      };
    },
    filters: () => floats(m.filters(), 3 * 3 * 16),
    /** Gives the module digits to learn: rows of 65 bytes, 64 pixels and the digit. */
    give(rows) {
      const address = m.digits(rows.length / 65);
      new Uint8Array(m.memory.buffer, address, rows.length).set(rows);
    },
    train: (steps) => m.train(steps),
    accuracy: () => m.accuracy(),
  };
}

/** The numbers of a table as text. */
export const numbersOf = (csv) => csv.trim().split(/[\n,]/).map(Number);
