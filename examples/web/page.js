// SPDX-License-Identifier: BSL-1.0
// The page: from strokes to pixels, from numbers to pictures, and the loop that trains.
import { loadNet, numbersOf } from "./net.js";

const start = performance.now();
const element = (id) => document.getElementById(id);
const fetched = async (file) => {
  const answer = await fetch(file);
  if (!answer.ok) throw new Error(`${file}: ${answer.status}`);
  return answer;
};
const milliseconds = (t) => `${t.toFixed(t < 1 ? 3 : 1)} ms`;

// ---- strokes become 8x8 pixels, as those of the data set were made: a bitmap of 32x32 that the digit fills, in which
// the dots of each square of 4x4 are counted

const lineWidth = 4.5;
const strokes = [];

function trace(context, toX, toY, width) {
  context.lineWidth = width;
  context.lineCap = context.lineJoin = "round";
  for (const stroke of strokes) {
    context.beginPath();
    context.moveTo(toX(stroke[0].x), toY(stroke[0].y));
    for (const p of stroke) context.lineTo(toX(p.x), toY(p.y));
    context.stroke();
  }
}

function pixelsOfStrokes() {
  const points = strokes.flat();
  const range = (numbers) => [Math.min(...numbers), Math.max(...numbers)];
  const [left, right] = range(points.map((p) => p.x)), [top, bottom] = range(points.map((p) => p.y));
  const scale = (32 - lineWidth) / Math.max(right - left, bottom - top, 1);
  const bitmap = new OffscreenCanvas(32, 32).getContext("2d", { willReadFrequently: true });
  trace(bitmap, (x) => 16 + scale * (x - (left + right) / 2), (y) => 16 + scale * (y - (top + bottom) / 2), lineWidth);
  const dots = bitmap.getImageData(0, 0, 32, 32).data, pixels = new Float32Array(64);
  for (let y = 0; y < 32; ++y)
    for (let x = 0; x < 32; ++x)
      if (dots[4 * (32 * y + x) + 3] > 127) pixels[8 * (y >> 2) + (x >> 2)] += 1 / 16;
  return pixels;
}

// ---- pictures

/** Small pictures in a row, with a pixel between them: element (y, x) of picture k is at (y * size + x) * count + k. */
function drawMaps(canvas, values, size, count, colour) {
  const context = canvas.getContext("2d"), image = context.createImageData(canvas.width, canvas.height);
  const most = values.reduce((m, v) => Math.max(m, Math.abs(v)), 1e-9);
  for (let k = 0; k < count; ++k)
    for (let y = 0; y < size; ++y)
      for (let x = 0; x < size; ++x) {
        const v = values[(y * size + x) * count + k] / most;
        image.data.set(colour(v), 4 * (y * canvas.width + k * (size + 1) + x));
      }
  context.putImageData(image, 0, 0);
}
const grey = (v) => [255 - 255 * v, 255 - 255 * v, 255 - 255 * v, 255];
const signed = (v) => (v > 0 ? [255 - 225 * v, 255 - 145 * v, 255 - 90 * v, 255] : [255, 255 + 150 * v, 255 + 205 * v, 255]);

const bars = Array.from({ length: 10 }, () => {
  const row = element("bars").appendChild(document.createElement("li"));
  return { bar: row.appendChild(document.createElement("i")), text: row.appendChild(document.createElement("span")) };
});

let net, pixels = new Float32Array(64);

/** Milliseconds of one answer. A browser's clock ticks too slowly for a single one. */
function timeOfAnswer(count = 200) {
  const before = performance.now();
  for (let i = 0; i < count; ++i) net.read(pixels);
  return (performance.now() - before) / count;
}
function show() {
  const { probabilities, seen, found } = net.read(pixels);
  bars.forEach(({ bar, text }, digit) => {
    bar.style.width = `${75 * probabilities[digit]}%`;
    text.textContent = probabilities[digit].toFixed(6);
  });
  element("answer").value = pixels.some((p) => p > 0) ? probabilities.indexOf(Math.max(...probabilities)) : "";
  drawMaps(element("input"), pixels, 8, 1, grey);
  drawMaps(element("filters"), net.filters(), 3, 16, signed);
  drawMaps(element("seen"), seen, 8, 16, grey);
  drawMaps(element("found"), found, 4, 32, grey);
}

// ---- drawing

const drawing = element("drawing"), pen = drawing.getContext("2d");

function redraw() {
  pen.clearRect(0, 0, drawing.width, drawing.height);
  trace(pen, (x) => x, (y) => y, 22);
  if (strokes.length > 0) pixels = pixelsOfStrokes();
  show();
}
const placeOf = (event) => ({ x: event.offsetX, y: event.offsetY });
drawing.addEventListener("pointerdown", (event) => {
  drawing.setPointerCapture(event.pointerId);
  strokes.push([placeOf(event)]);
  redraw();
});
drawing.addEventListener("pointermove", (event) => {
  if (event.buttons === 0 || strokes.length === 0) return;
  strokes.at(-1).push(placeOf(event));
  redraw();
});
function clear() {
  strokes.length = 0;
  pixels = new Float32Array(64);
  redraw();
}
element("clear").addEventListener("click", clear);

// ---- training

let run = 0;  // the training that goes on: another number ends it

async function train() {
  const own = ++run, losses = [];
  net.begin(own);
  while (own === run && losses.length < 60) {
    losses.push(net.train(10));
    element("step").value = 10 * losses.length;
    element("loss").value = losses.at(-1).toFixed(4);
    element("loss").title = `at first ${losses[0].toFixed(4)}`;
    const most = Math.max(...losses);
    element("line").setAttribute("points", losses.map((l, i) => `${10 * i + 5},${115 - (110 * l) / most}`).join(" "));
    if (losses.length % 10 === 0) showAccuracy();
    show();
    await new Promise(requestAnimationFrame);
  }
  if (own === run) document.body.dataset.state = "trained";
}
function showAccuracy() { element("accuracy").value = `${(100 * net.accuracy()).toFixed(1)} %`; }
element("train").addEventListener("click", train);
element("stored").addEventListener("click", () => {
  ++run;
  net.begin(0);
  showAccuracy();
  show();
});

// ---- start: the net answers first, then come the digits

net = await loadNet(await (await fetched("digits.wasm")).arrayBuffer());
net.read(pixels);
element("first").value = milliseconds(performance.now() - start);
element("each").value = milliseconds(timeOfAnswer());
clear();

const digits = numbersOf(await (await fetched("digits.csv")).text());
net.give(Uint8Array.from(digits));
showAccuracy();
let sample = 0;
element("sample").addEventListener("click", () => {
  const row = 65 * (5 * (sample++ % Math.floor(digits.length / 65 / 5)) + 4);
  clear();
  pixels = Float32Array.from(digits.slice(row, row + 64), (p) => p / 16);
  show();
});
element("train").disabled = false;
document.body.dataset.state = "ready";
