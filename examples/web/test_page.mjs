// SPDX-License-Identifier: BSL-1.0
// The page in headless Chromium, driven by chromedriver: it answers soon, reads digits that are drawn with the mouse,
// and learns.
//
//     node test_page.mjs <folder of the site> <chromedriver> <chromium> [picture.png]
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { extname, join, normalize } from "node:path";

const [site, chromedriver, chromium, picture] = process.argv.slice(2);
const pause = (ms) => new Promise((done) => setTimeout(done, ms));

// ---- a server of the site
const types = { ".html": "text/html", ".js": "text/javascript", ".css": "text/css", ".wasm": "application/wasm", ".csv": "text/csv" };
const server = createServer(async (request, response) => {
  const path = normalize(new URL(request.url, "http://page").pathname.replace(/\/$/, "/index.html"));
  try {
    const body = await readFile(join(site, path));
    response.writeHead(200, { "content-type": types[extname(path)] ?? "application/octet-stream" }).end(body);
  } catch {
    response.writeHead(404).end();
  }
});
await new Promise((ready) => server.listen(0, "127.0.0.1", ready));

// ---- WebDriver
const profile = await mkdtemp(join(tmpdir(), "telar-web-"));
const driver = spawn(chromedriver, ["--port=0"], { stdio: ["ignore", "pipe", "inherit"] });
const base = await new Promise((ready, failed) => {
  let text = "";
  driver.stdout.on("data", (part) => {
    text += part;
    const port = text.match(/started successfully on port (\d+)/);
    if (port) ready(`http://127.0.0.1:${port[1]}`);
  });
  driver.on("exit", () => failed(new Error(`chromedriver ended: ${text}`)));
});
async function ask(method, path, body) {
  const answer = await fetch(base + path, { method, body: body && JSON.stringify(body) });
  const { value } = await answer.json();
  if (!answer.ok) throw new Error(`${path}: ${value.error}: ${value.message}`);
  return value;
}
let session;
const post = (path, body) => ask("POST", `/session/${session}${path}`, body);
const script = (text, ...args) => post("/execute/sync", { script: text, args });
const number = async (id) => parseFloat(await script("return document.getElementById(arguments[0]).textContent", id));
const click = (id) => script("document.getElementById(arguments[0]).click()", id);
const probabilities = () => script("return [...document.querySelectorAll('#bars span')].map((s) => Number(s.textContent))");
async function state(wanted) {
  for (let i = 0; i < 600; ++i) {
    if ((await script("return document.body.dataset.state")) === wanted) return;
    await pause(100);
  }
  throw new Error(`the page is not ${wanted} after a minute`);
}

/** Draws lines with the mouse: points in parts of the canvas. */
async function draw(...lines) {
  const box = await script("const r = document.getElementById('drawing').getBoundingClientRect(); return [r.x, r.y, r.width]");
  const actions = [];
  for (const line of lines) {
    const moves = line.map(([x, y]) => ({ type: "pointerMove", duration: 0, x: Math.round(box[0] + x * box[2]), y: Math.round(box[1] + y * box[2]) }));
    actions.push(moves[0], { type: "pointerDown", button: 0 }, ...moves.slice(1), { type: "pointerUp", button: 0 });
  }
  await post("/actions", { actions: [{ type: "pointer", id: "mouse", parameters: { pointerType: "mouse" }, actions }] });
  return number("answer");
}
const arc = (x, y, rx, ry, from, to) =>
  Array.from({ length: 25 }, (_, i) => {
    const angle = ((from + ((to - from) * i) / 24) * Math.PI) / 180;
    return [x + rx * Math.cos(angle), y + ry * Math.sin(angle)];
  });
const drawn = {
  0: [arc(0.5, 0.5, 0.22, 0.34, -90, 270)],
  1: [[[0.4, 0.28], [0.52, 0.15], [0.52, 0.85]]],
  3: [[...arc(0.48, 0.32, 0.18, 0.17, -150, 90), ...arc(0.48, 0.66, 0.2, 0.18, -90, 150)]],
  4: [[[0.45, 0.15], [0.25, 0.55], [0.75, 0.55]], [[0.6, 0.4], [0.58, 0.88]]],
  7: [[[0.28, 0.18], [0.72, 0.18], [0.42, 0.85]]],
};

try {
  const args = ["--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu", "--window-size=1000,1350", `--user-data-dir=${profile}`];
  const capabilities = { alwaysMatch: { browserName: "chrome", "goog:chromeOptions": { binary: chromium, args } } };
  ({ sessionId: session } = await ask("POST", "/session", { capabilities }));
  let first = Infinity;  // the best of a few times: other programs may be running
  for (let i = 0; i < 5; ++i) {
    await post("/url", { url: `http://127.0.0.1:${server.address().port}/?${i}` });
    await state("ready");
    first = Math.min(first, await number("first"));
  }
  const each = await number("each");
  assert(each > 0 && each < 50);
  console.log(`first answer ${first} ms, each further one ${each} ms, stored weights: ${await number("accuracy")} % of the held-out digits`);
  assert(first < 500);
  assert((await number("accuracy")) > 95);

  const expected = (await readFile(new URL("expected.csv", import.meta.url), "utf8")).trim().split("\n").map((row) => row.split(",").map(Number));
  let apart = 0;
  for (const row of expected) {
    await click("sample");
    (await probabilities()).forEach((p, digit) => (apart = Math.max(apart, Math.abs(p - row[digit]))));
  }
  console.log(`${expected.length} digits: the probabilities differ from the native program's by ${apart.toExponential(1)}`);
  assert(apart < 1e-5);

  for (const [digit, lines] of Object.entries(drawn)) {
    await click("clear");
    const answer = await draw(...lines);
    console.log(`drawn a ${digit}, read as a ${answer}, probability ${(await probabilities())[digit]}`);
    assert.equal(answer, Number(digit));
  }

  await click("train");
  await state("trained");
  const untrained = Number(await script("return document.getElementById('loss').title.match(/[0-9.]+/)[0]"));
  console.log(`trained: loss ${untrained} to ${await number("loss")}, ${await number("accuracy")} % of the held-out digits`);
  assert((await number("loss")) < untrained / 20);
  assert((await number("accuracy")) > 93);
  if (picture) await writeFile(picture, Buffer.from(await ask("GET", `/session/${session}/screenshot`), "base64"));
} finally {
  if (session) await ask("DELETE", `/session/${session}`).catch(() => {});
  driver.kill();
  server.close();
  server.closeAllConnections();
  await rm(profile, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
}
