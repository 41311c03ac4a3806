// SPDX-License-Identifier: BSL-1.0
// The page's script, part 2: a layered layout. Each open box is laid out by itself, and is an item of the box around
// it.
#pragma once
#include <telar/core/config.hpp>

#include <string_view>

namespace telar::inline TELAR_ABI::io::explorer {

inline constexpr std::string_view script_layout = R"js(
// ---- sizes
const GAP_X = 26, GAP_Y = 34, PADDING = 14, HEADER = 30;
const ruler = document.createElement('canvas').getContext('2d');
const widths = new Map();
function textWidth(text, size) {
  const key = size + text;
  if (!widths.has(key)) {
    ruler.font = size + 'px system-ui, sans-serif';
    widths.set(key, ruler.measureText(text).width);
  }
  return widths.get(key);
}
function shortened(text, most) { return text.length > most ? text.slice(0, most - 1) + '\u2026' : text; }

// ---- what is seen
/// Items: nodes, closed boxes, and open boxes with items of their own. Of every node the item that stands for it.
function visibleItems() {
  const stage = stageNow(), {root, boxOf} = boxesNow();
  const itemOf = stage.nodes.map(() => null);
  const isHidden = n => !state.numbers && (n.flags & NUMBER);
  const make = (box, parent) => {
    const item = {box, parent, items: [], links: new Map(), least: box.least, depth: box.depth};
    if (box.isOpen) {
      for (const id of box.nodes) {
        if (isHidden(stage.nodes[id])) continue;
        const n = {node: stage.nodes[id], parent: item, least: id, depth: box.depth + 1};
        itemOf[id] = n;
        item.items.push(n);
      }
      for (const b of box.boxes.values()) if (hasVisible(b)) item.items.push(make(b, item));
      item.items.sort((a, b) => a.least - b.least);
    }
    return item;
  };
  const hasVisible = b => b.nodes.some(id => !isHidden(stage.nodes[id])) || [...b.boxes.values()].some(hasVisible);
  const top = make(root, null);
  const closedItems = new Map();
  const collect = item => { if (item.box) { closedItems.set(item.box, item); item.items.forEach(collect); } };
  collect(top);
  stage.nodes.forEach(n => {
    if (itemOf[n.id] || isHidden(n)) return;
    let outermost = null;
    for (let b = boxOf[n.id]; b.parent; b = b.parent) if (!b.isOpen) outermost = b;
    itemOf[n.id] = outermost ? closedItems.get(outermost) || null : null;
  });
  return {top, itemOf, boxOf};
}
/// Edges between items, once each; and for the box that holds both ends, between its direct items.
function linkItems(top, itemOf) {
  const edges = new Map(), number = new Map();
  const id = item => { if (!number.has(item)) number.set(item, number.size); return number.get(item); };
  stageNow().nodes.forEach(n => {
    const to = itemOf[n.id];
    if (!to) return;
    n.in.forEach(k => {
      const from = itemOf[k];
      if (!from || from === to) return;
      const key = id(from) * 65536 + id(to);
      if (edges.has(key)) { ++edges.get(key).count; return; }
      let a = from, b = to;
      while (a.depth > b.depth) a = a.parent;
      while (b.depth > a.depth) b = b.parent;
      while (a.parent !== b.parent) a = a.parent, b = b.parent;
      const links = a.parent.links, pair = id(a) * 65536 + id(b);
      if (!links.has(pair)) links.set(pair, {a, b, via: []});
      edges.set(key, {from, to, link: links.get(pair), count: 1});
    });
  });
  return [...edges.values()];
}

// ---- one box
/// Items in layers, so that links lead down. Where they run in a circle, the item with the least node comes first.
function layersOf(items, links) {
  for (const i of items) i.preds = [], i.succs = [], i.layer = 0, i.waits = 0;
  for (const l of links) l.b.preds.push(l), l.a.succs.push(l), ++l.b.waits, l.isBack = false;
  const ready = items.filter(i => i.waits === 0), done = new Set();
  const take = i => {
    done.add(i);
    for (const l of i.succs) {
      if (done.has(l.b)) { l.isBack = true; continue; }
      l.b.layer = Math.max(l.b.layer, i.layer + 1);
      if (--l.b.waits === 0) ready.push(l.b);
    }
  };
  let scan = 0;
  for (;;) {
    let next = ready.shift();
    if (!next) {
      while (scan < items.length && done.has(items[scan])) ++scan;
      if (scan === items.length) break;
      next = items[scan];
      for (const l of next.preds) if (!done.has(l.a)) l.isBack = true;
    }
    if (!done.has(next)) take(next);
  }
  for (const i of items) {  // a source stands just above who reads it
    const below = i.succs.filter(l => !l.isBack).map(l => l.b.layer);
    if (!i.preds.some(l => !l.isBack) && below.length) i.layer = Math.max(0, Math.min(...below) - 1);
  }
}
/// Long links get a place in each layer that they cross, so that they run between items.
function placesOf(items, links) {
  const layers = [];
  const put = (i, layer) => { (layers[layer] ||= []).push(i); i.at = layers[layer].length - 1; };
  items.forEach(i => { i.up = []; i.down = []; put(i, i.layer); });
  let room = 8000;  // the longest links go round
  const span = l => l.b.layer - l.a.layer;
  for (const l of [...links].sort((x, y) => span(x) - span(y))) {
    l.via = [];
    l.isFar = false;
    if (l.isBack || span(l) < 1) continue;
    room -= span(l) - 1;
    if (room < 0) { l.isFar = true; continue; }
    let last = l.a;
    for (let layer = l.a.layer + 1; layer < l.b.layer; ++layer) {
      const bend = {w: 8, h: 0, isBend: true, up: [last], down: [], layer};
      last.down.push(bend);
      put(bend, layer);
      l.via.push(bend);
      last = bend;
    }
    last.down.push(l.b);
    l.b.up.push(last);
  }
  for (let k = 0; k < layers.length; ++k) layers[k] ||= [];
  return layers;
}
function orderLayers(layers) {
  const sweep = (layer, side) => {
    layer.forEach(i => { i.mean = i[side].length ? i[side].reduce((s, o) => s + o.at, 0) / i[side].length : i.at; });
    layer.map((i, k) => [i, k]).sort((a, b) => a[0].mean - b[0].mean || a[1] - b[1]).forEach(([i], k) => { layer[k] = i; i.at = k; });
  };
  for (let round = 0; round < 6; ++round) {
    for (let k = 1; k < layers.length; ++k) sweep(layers[k], 'up');
    for (let k = layers.length - 2; k >= 0; --k) sweep(layers[k], 'down');
  }
}
/// The places closest to those that are wished, by least squares, without overlaps: pooling of adjacent violators.
function spread(layer, wish) {
  const blocks = [];
  let offset = 0;
  layer.forEach((i, k) => {
    if (k) offset += layer[k - 1].w / 2 + i.w / 2 + (i.isBend || layer[k - 1].isBend ? 10 : GAP_X);
    i.offset = offset;
    blocks.push({sum: wish(i) - offset, n: 1, from: k});
    while (blocks.length > 1 && blocks.at(-2).sum / blocks.at(-2).n >= blocks.at(-1).sum / blocks.at(-1).n) {
      const last = blocks.pop();
      blocks.at(-1).sum += last.sum;
      blocks.at(-1).n += last.n;
    }
  });
  blocks.forEach((b, k) => {
    const end = k + 1 < blocks.length ? blocks[k + 1].from : layer.length;
    for (let i = b.from; i < end; ++i) layer[i].x = b.sum / b.n + layer[i].offset;
  });
}
function placeLayers(layers) {
  for (const layer of layers) {
    spread(layer, () => 0);
    const middle = layer.length ? (layer[0].x + layer.at(-1).x) / 2 : 0;
    for (const i of layer) i.x -= middle;
  }
  const mean = (list, i) => list.length ? list.reduce((s, o) => s + o.x, 0) / list.length : i.x;
  for (let round = 0; round < 5; ++round) {
    for (let k = 1; k < layers.length; ++k) spread(layers[k], i => mean(i.up, i));
    for (let k = layers.length - 2; k >= 0; --k) spread(layers[k], i => mean(i.down, i));
  }
  for (let k = 1; k < layers.length; ++k) spread(layers[k], i => i.isBend ? mean(i.up, i) : mean([...i.up, ...i.down], i));
}
/// Sizes and places: of an item's middle and top, within its box.
function layOut(item) {
  if (item.node) {
    // Numbers are written into who reads them. A dot is an operand behind a number: "sub 1 ·" is 1 - x.
    const n = item.node, operands = state.numbers ? [] : n.in.map(k => stageNow().nodes[k]), isNumber = k => k.flags & NUMBER;
    const told = operands.filter((k, at) => isNumber(k) || operands.slice(0, at).some(isNumber));
    const path = item.parent.box.path, isInside = n.op === 'leaf' && path && n.told.startsWith(path + '.');
    const name = isInside ? n.told.slice(path.length + 1) : label(n);
    item.text = shortened(name + told.map(k => ' ' + (isNumber(k) ? k.told || k.op : '\u00b7')).join(''), 30);
    item.under = shortened(n.shape === '()' ? n.type : n.shape, 26);
    const wide = n.op === 'leaf' ? 1.12 : 1;  // bold
    item.w = Math.max(54, textWidth(item.text, 12.5) * wide + 20, textWidth(item.under, 10.5) + 20);
    item.h = 38;
    return;
  }
  const box = item.box;
  if (box.parent && !box.isOpen) {
    item.text = shortened(box.name, 34);
    const size = box.computes ? shortened(box.computes, 26) : counted(box.count, 'node');
    item.under = (box.kind ? box.kind + (box.computes ? ': ' : ', ') : '') + size;
    item.w = Math.max(96, textWidth(item.text, 13) + 50, textWidth(item.under, 10.5) + 50);
    item.h = 44;
    return;
  }
  item.items.forEach(layOut);
  const links = [...item.links.values()];
  layersOf(item.items, links);
  const layers = placesOf(item.items, links);
  orderLayers(layers);
  placeLayers(layers);
  let left = 0, right = 0, y = box.parent ? HEADER : 0, isFirst = true;
  for (const layer of layers) {
    const tall = Math.max(0, ...layer.map(i => i.h));
    for (const i of layer) {
      i.y = i.isBend ? y : y + (tall - i.h) / 2;
      if (i.isBend) i.h = tall;
      left = isFirst ? i.x - i.w / 2 : Math.min(left, i.x - i.w / 2);
      right = isFirst ? i.x + i.w / 2 : Math.max(right, i.x + i.w / 2);
      isFirst = false;
    }
    y += tall + GAP_Y;
  }
  const title = box.parent ? textWidth(box.name, 13) + 60 + (box.kind ? textWidth(box.kind, 10.5) : 0) : 0;
  const inner = Math.max(right - left, title - 2 * PADDING);
  item.shift = PADDING - left + (inner - (right - left)) / 2;  // of the items' x, so that they begin inside
  item.w = inner + 2 * PADDING;
  item.h = y - GAP_Y + PADDING;
}
function settlePlaces(item, left, top) {
  item.left = left;
  item.top = top;
  for (const i of item.items || []) settlePlaces(i, left + item.shift + i.x - i.w / 2, top + i.y);
  for (const l of item.links ? item.links.values() : []) {
    l.side = left + item.w + 30;
    for (const b of l.via) b.left = left + item.shift + b.x, b.top = top + b.y;
  }
}
)js";

}  // namespace telar::inline TELAR_ABI::io::explorer
