// SPDX-License-Identifier: BSL-1.0
// The page's script, part 3: the graph as SVG, zooming, choosing.
#pragma once
#include <telar/core/config.hpp>

#include <string_view>

namespace telar::inline TELAR_ABI::io::explorer {

inline constexpr std::string_view script_draw = R"js(
// ---- the picture
let shown = null;  // {top, itemOf, boxOf, edges}
const FATE_TEXT = {removed: 'removed by the next pass', merged: 'merged with another by the next pass'};
function classesOf(n) {
  const c = ['node', 'f' + n.family];
  if (n.op === 'leaf') c.push(n.flags & VARIABLE ? 'var' : 'leaf', 'leaf');
  if (n.isRoot) c.push('root');
  if (!(n.flags & LIVE)) c.push('dead');
  if (!showsKernels()) {
    if (n.change) c.push('c' + n.change);
    if (fate(program(), stageIndex(), n.id)) c.push('gone');
  }
  return c.join(' ');
}
function nodeSvg(i) {
  const n = i.node, x = i.left, y = i.top, middle = x + i.w / 2;
  return `<g class="${classesOf(n)}" data-node="${n.id}"><title>${esc(label(n) + '  ' + n.shape + ' ' + n.type)}</title>` +
    `<rect x="${x.toFixed(1)}" y="${y.toFixed(1)}" width="${i.w.toFixed(1)}" height="${i.h}" rx="7"/>` +
    `<text class="l" x="${middle.toFixed(1)}" y="${(y + 17).toFixed(1)}">${esc(i.text)}</text>` +
    `<text class="s" x="${middle.toFixed(1)}" y="${(y + 31).toFixed(1)}">${esc(i.under)}</text></g>`;
}
function boxSvg(i) {
  const b = i.box, x = i.left, y = i.top, sign = b.isOpen ? '\u2212' : '+';
  const cls = ['box', b.isOpen ? 'open' : 'shut', b.depth % 2 ? '' : 'nested', hasChanges(b) ? 'hasdiff' : ''].join(' ');
  const under = b.isOpen ? b.kind : i.under, underX = b.isOpen ? x + 12 + textWidth(b.name, 13) + 12 : x + 12;
  return `<g class="${cls}" data-box="${esc(b.key)}"><title>${esc([b.path || b.name, b.kind, b.detail].filter(Boolean).join('\n'))}</title>` +
    `<rect x="${x.toFixed(1)}" y="${y.toFixed(1)}" width="${i.w.toFixed(1)}" height="${i.h.toFixed(1)}" rx="10"/>` +
    `<text x="${(x + 12).toFixed(1)}" y="${(y + 19).toFixed(1)}">${esc(b.isOpen ? b.name : i.text)}</text>` +
    `<text class="s" x="${underX.toFixed(1)}" y="${(y + (b.isOpen ? 19 : 34)).toFixed(1)}">${esc(under || '')}</text>` +
    `<text class="sign" data-toggle="${esc(b.key)}" x="${(x + i.w - 20).toFixed(1)}" y="${(y + 20).toFixed(1)}">${sign}</text></g>`;
}
/// A closed box shows that something in it is new, or goes.
function hasChanges(b) {
  if (b.isOpen || showsKernels()) return false;
  const stage = stageNow();
  return b.nodes.some(id => stage.nodes[id].change || fate(program(), stageIndex(), id)) || [...b.boxes.values()].some(x => hasChanges({...x, isOpen: false}));
}
function edgePath(e) {
  const points = [[e.from.left + e.from.w / 2, e.from.top + e.from.h]];
  for (const b of e.link.via) points.push([b.left, b.top], [b.left, b.top + b.h]);
  points.push([e.to.left + e.to.w / 2, e.to.top]);
  if (e.link.isFar) {
    const [[x0, y0], [x1, y1]] = points, x = e.link.side;
    return `M${x0.toFixed(1)} ${y0.toFixed(1)}C${x0.toFixed(1)} ${(y0 + 60).toFixed(1)} ${x.toFixed(1)} ${y0.toFixed(1)} ${x.toFixed(1)} ${(y0 + 120).toFixed(1)}` +
      `L${x.toFixed(1)} ${(y1 - 120).toFixed(1)}C${x.toFixed(1)} ${y1.toFixed(1)} ${x1.toFixed(1)} ${(y1 - 60).toFixed(1)} ${x1.toFixed(1)} ${y1.toFixed(1)}`;
  }
  let d = `M${points[0][0].toFixed(1)} ${points[0][1].toFixed(1)}`;
  for (let k = 1; k < points.length; ++k) {
    const [x0, y0] = points[k - 1], [x1, y1] = points[k];
    const bend = y1 >= y0 ? (y1 - y0) / 2 : 40;
    d += x0 === x1 && y1 >= y0 ? `L${x1.toFixed(1)} ${y1.toFixed(1)}`
      : `C${x0.toFixed(1)} ${(y0 + bend).toFixed(1)} ${x1.toFixed(1)} ${(y1 - bend).toFixed(1)} ${x1.toFixed(1)} ${y1.toFixed(1)}`;
  }
  return d;
}
function drawGraph(keep) {
  const {top, itemOf, boxOf} = visibleItems();
  const edges = linkItems(top, itemOf);
  layOut(top);
  settlePlaces(top, 0, 0);
  const open = [], others = [];
  const walk = i => {
    if (i.node) others.push(nodeSvg(i));
    else if (i.box.parent) (i.box.isOpen ? open : others).push(boxSvg(i));
    (i.items || []).forEach(walk);
  };
  walk(top);
  edges.forEach((e, k) => { e.number = k; });
  const lines = edges.map(e => `<path class="edge${e.link.isBack ? ' back' : ''}${e.link.isFar ? ' far' : ''}" data-edge="${e.number}" d="${edgePath(e)}" marker-end="url(#tip)"/>`);
  $('world').innerHTML = open.join('') + lines.join('') + others.join('');
  shown = {top, itemOf, boxOf, edges};
  if (!keep) fit(.8);
  markChosen();
  markHits();
}

// ---- zooming
const camera = {x: 0, y: 0, scale: 1};
function applyCamera() { $('world').setAttribute('transform', `translate(${camera.x} ${camera.y}) scale(${camera.scale})`); }
/// All of the graph; at first no smaller than can be read, from its beginning.
function fit(least = .03) {
  const {clientWidth: w, clientHeight: h} = $('canvas'), top = shown.top;
  if (!w || !top.w) return;
  camera.scale = Math.min(1.25, Math.max(least, Math.min((w - 50) / top.w, (h - 110) / top.h)));
  camera.x = Math.max(20, (w - top.w * camera.scale) / 2);
  camera.y = Math.max(44, (h - top.h * camera.scale) / 2 - 12);
  applyCamera();
}
function zoom(factor, x, y) {
  const {clientWidth: w, clientHeight: h} = $('canvas');
  x ??= w / 2;
  y ??= h / 2;
  const scale = Math.min(4, Math.max(.02, camera.scale * factor));
  camera.x = x - (x - camera.x) * scale / camera.scale;
  camera.y = y - (y - camera.y) * scale / camera.scale;
  camera.scale = scale;
  applyCamera();
}
function show(item) {
  const {clientWidth: w, clientHeight: h} = $('canvas');
  if (camera.scale < .5) camera.scale = .8;
  camera.x = w / 2 - (item.left + item.w / 2) * camera.scale;
  camera.y = h / 2 - (item.top + item.h / 2) * camera.scale;
  applyCamera();
}

// ---- choosing
/// Opens what a node stands in.
function reveal(id) {
  let changed = false;
  for (let b = boxesNow().boxOf[id]; b.parent; b = b.parent)
    if (!b.isOpen) program().toggled.set(b.key, true), changed = true;
  if ((stageNow().nodes[id].flags & NUMBER) && !state.numbers) state.numbers = $('numbers').checked = changed = true;
  if (changed) drawGraph(true);
}
function choose(what, moves) {
  state.chosen = what;
  if (what && what.node !== undefined && moves) {
    if (state.view !== 'graph') setView('graph');
    reveal(what.node);
    if (shown.itemOf[what.node]) show(shown.itemOf[what.node]);
  }
  markChosen();
  renderPanel();
}
function markChosen() {
  for (const g of document.querySelectorAll('#world .chosen, #world .near')) g.classList.remove('chosen', 'near');
  for (const p of document.querySelectorAll('#world .hot')) p.classList.remove('hot');
  const c = state.chosen;
  if (!c || !shown) return;
  const mark = (id, cls) => {
    const i = shown.itemOf[id];
    if (!i) return;
    const g = i.node ? document.querySelector(`#world [data-node="${i.node.id}"]`) : document.querySelector(`#world [data-box="${CSS.escape(i.box.key)}"]`);
    if (g) g.classList.add(cls);
  };
  if (c.node !== undefined) {
    mark(c.node, 'chosen');
    const item = shown.itemOf[c.node];
    for (const e of shown.edges)
      if (item && (e.from === item || e.to === item)) document.querySelector(`#world [data-edge="${e.number}"]`).classList.add('hot');
  } else if (c.box !== undefined) {
    const g = document.querySelector(`#world [data-box="${CSS.escape(c.box)}"]`);
    if (g) g.classList.add('chosen');
  } else if (c.kernel !== undefined && isLast()) {
    for (const id of program().kernels[c.kernel].nodes) mark(id, 'near');
  }
}
function toggle(key) {
  let box = null;
  const find = b => { if (b.key === key) box = b; b.boxes.forEach(find); };
  find(boxesNow().root);
  if (!box) return;
  program().toggled.set(key, !box.isOpen);
  drawGraph(true);
  renderPanel();
}
function toggleAll(open) {
  const walk = b => { if (b.parent) program().toggled.set(b.key, open); b.boxes.forEach(walk); };
  walk(boxesNow().root);
  drawGraph();
}
function boxOfKey(key) {
  let found = null;
  const find = b => { if (b.key === key) found = b; b.boxes.forEach(find); };
  find(boxesNow().root);
  return found;
}

// ---- searching
/// Nodes of the stage whose name, operation, path, shape or type has all words.
function matches(query) {
  const words = query.toLowerCase().replace(/\s*,\s*/g, ',').split(/\s+/).filter(Boolean);
  if (!words.length) return [];
  const p = program();
  return stageNow().nodes.filter(n => {
    const path = p.regions.length ? p.regions[n.region].path : '';
    const text = [n.op, n.told, n.shape, n.type, path, '%' + n.id, ...n.targets].join(' ').toLowerCase().replace(/\s*,\s*/g, ',');
    return words.every(w => text.includes(w));
  });
}
let hits = [], hitNow = -1;
function search() {
  state.query = $('search').value;
  hits = matches(state.query);
  hitNow = -1;
  const p = program();
  $('hits').innerHTML = hits.slice(0, 40).map((n, k) => `<li role="option" id="hit${k}" data-hit="${k}"><b>${esc(shortened(label(n), 28))}</b>` +
    `<span class="soft mono">${esc(n.shape)}</span><span class="where soft">${esc(p.regions.length ? p.regions[n.region].path : '')} %${n.id}</span></li>`).join('') +
    (hits.length > 40 ? `<li class="soft">and ${hits.length - 40} more</li>` : '') +
    (state.query.trim() && !hits.length ? '<li class="soft">nothing has this name, operation or shape here</li>' : '');
  $('hits').hidden = !state.query.trim();
  $('search').setAttribute('aria-expanded', String(!$('hits').hidden));
  markHits();
}
function markHits() {
  for (const g of document.querySelectorAll('#world .hit')) g.classList.remove('hit');
  if (!state.query.trim() || !shown) return;
  for (const n of matches(state.query)) {
    const i = shown.itemOf[n.id];
    if (!i) continue;
    const g = i.node ? document.querySelector(`#world [data-node="${i.node.id}"]`) : document.querySelector(`#world [data-box="${CSS.escape(i.box.key)}"]`);
    if (g) g.classList.add('hit');
  }
}
function goToHit(k) {
  if (!hits.length) return;
  hitNow = (k + hits.length) % hits.length;
  for (const li of $('hits').children) li.setAttribute('aria-selected', String(li.dataset.hit === String(hitNow)));
  $('search').setAttribute('aria-activedescendant', 'hit' + hitNow);
  choose({node: hits[hitNow].id}, true);
}
)js";

}  // namespace telar::inline TELAR_ABI::io::explorer
