// SPDX-License-Identifier: BSL-1.0
// The page's script, part 4: what is said beside the graph.
#pragma once
#include <telar/core/config.hpp>

#include <string_view>

namespace telar::inline TELAR_ABI::io::explorer {

inline constexpr std::string_view script_panels = R"js(
const ABOUT = {
  traced: 'The graph as the program wrote it. Equal operations are one node already; derivatives have been added.',
  simplify: 'Rules that are exact for every number: x\u00b71, a transpose of a transpose, reshapes that meet, arithmetic on constants.',
  drop_dead_nodes: 'Drops what no result, no assignment and no print needs.',
  transpose_products: 'A transposed product becomes the product of transposes, so that work behind it can join its kernel.',
  sink_reshapes: 'Reshapes move behind element-wise work, so that bias and activation stay beside the product.',
};
const kernelsText = 'Fusion: each box is one kernel, which runs as one loop, one product or one routine. What stands in no box is a view, or is read where it lies.';
const CHANGE_TEXT = ['', 'reads other operands than before', 'replaces another operation', 'new'];

function nodeLink(id, stage) {
  const n = program().stages[stage].nodes[id];
  return `<a data-go="${id}" data-stage="${stage}">${esc(shortened(label(n), 26))}</a> <span class="soft mono">%${id} ${esc(n.shape)}</span>`;
}
const rowsOf = (ids, stage, most = 12) => '<ul class="list">' + ids.slice(0, most).map(id => `<li>${nodeLink(id, stage)}</li>`).join('') +
  (ids.length > most ? `<li class="soft">and ${ids.length - most} more</li>` : '') + '</ul>';
const definitions = pairs => '<dl>' + pairs.filter(p => p[1] !== '' && p[1] !== undefined).map(([k, v]) => `<dt>${k}</dt><dd>${v}</dd>`).join('') + '</dl>';

function valueNumber(v) {
  if (typeof v === 'string') return `<span class="bad">${esc(v)}</span>`;
  if (Number.isInteger(v) && Math.abs(v) < 1e7) return String(v).replace('-', '\u2212');
  return String(Number(v.toPrecision(5))).replace('-', '\u2212');
}
function valueHtml(s, title) {
  if (!s) return '';
  const [count, least, mean, most, nans, infinities, first] = s;
  const bad = nans || infinities ? `<div class="bad">${nans ? nans + ' NaN ' : ''}${infinities ? infinities + ' infinite' : ''}</div>` : '';
  return `<div class="values"><div class="soft">${title}</div><div class="mono">${first.map(valueNumber).join(', ')}${count > first.length ? ', \u2026' : ''}</div>` +
    (count > 1 ? `<div class="soft">least ${valueNumber(least)} &nbsp; mean ${valueNumber(mean)} &nbsp; greatest ${valueNumber(most)}</div>` : '') + bad + '</div>';
}
function differenceHtml(d) {
  if (d === undefined || d === -1) return '';
  return d === 0 ? '<div class="good">eager and lazy agree to the bit</div>' : `<div class="soft">largest difference between eager and lazy: ${valueNumber(d)}</div>`;
}
/// The values of a node of a stage: eager ones as the traced graph has them, lazy ones as the optimised graph does.
function valuesOfNode(p, stage, id) {
  const first = follow(p, stage, 0, id), last = follow(p, stage, p.stages.length - 1, id);
  const same = first >= 0 && follow(p, 0, stage, first) === id;
  const eager = same && p.eager.length ? p.eager[first] : 0, lazy = last >= 0 && p.lazy.length ? p.lazy[last] : 0;
  return valueHtml(eager, 'eager') + valueHtml(lazy, 'lazy') + (eager && lazy ? differenceHtml(eager[7]) : '');
}

function nodePanel(id) {
  const p = program(), s = stageIndex(), stage = stageNow(), n = stage.nodes[id];
  if (!n) return passPanel();
  const region = p.regions.length ? p.regions[n.region] : null;
  const kind = n.op === 'leaf' ? (n.flags & INPUT ? 'input' : n.flags & VARIABLE ? 'variable' : 'captured value') : D.families[n.family];
  let html = `<h2>${esc(label(n))}</h2><div class="soft mono">%${id}</div>`;
  const marks = [];
  if (n.isRoot) marks.push(n.targets.length ? 'new value of ' + n.targets.map(esc).join(', ') : 'result');
  if (!(n.flags & LIVE)) marks.push('nothing needs it');
  if (!showsKernels()) {
    if (n.change) marks.push(CHANGE_TEXT[n.change]);
    if (fate(p, s, id)) marks.push(FATE_TEXT[fate(p, s, id)]);
  }
  html += marks.map(m => `<span class="chip">${m}</span> `).join('');
  html += definitions([['shape', `<span class="mono">${esc(n.shape)}</span>`], ['type', esc(n.type)], ['kind', kind],
    ['told', n.op === 'leaf' ? '' : esc(n.told)], ['in', region ? esc(region.path) : ''], ['layer', region ? esc(region.kind) : ''],
    ['with', region ? esc(region.configuration) : '']]);
  html += valuesOfNode(p, s, id);
  if (n.in.length) html += '<h3>reads</h3>' + rowsOf(n.in, s);
  if (n.users.length) html += '<h3>is read by</h3>' + rowsOf(n.users, s);
  if (isLast()) {
    const kernels = p.kernelsOf[id];
    html += '<h3>kernel</h3>' + (kernels.length ? kernels.map(k => `<a data-kernel="${k}">kernel ${k}</a> <span class="soft">${esc(p.kernels[k].kind)}</span>`).join('<br>')
      : `<span class="soft">${n.flags & VIEW ? 'none: a view of what it reads' : n.flags & NUMBER ? 'none: a number in the kernels that read it' : 'none'}</span>`);
    const buffer = p.buffers.find(b => b.node === id);
    if (buffer) html += definitions([['memory', esc(buffer.where) + ', ' + bytesText(buffer.bytes)],
      ['place', buffer.inArena ? 'arena, from byte ' + grouped(buffer.offset) : ''], ['lives', buffer.inArena ? `kernel ${buffer.first} to ${buffer.last}` : '']]);
  }
  html += '<h3>on its way</h3><ul class="list">';
  const path = [];
  for (let k = s, i = id; k >= 0 && i >= 0; i = p.stages[k].nodes[i].from, --k) path.unshift([k, i]);
  for (let k = s, i = id; k + 1 < p.stages.length;) {
    i = p.stages[k + 1].becomes[i];
    ++k;
    path.push([k, i]);
    if (i < 0) break;
  }
  html += path.map(([k, i]) => `<li><span class="soft">${esc(p.stages[k].name)}</span> ${i < 0 ? '<span class="bad">gone</span>' : k === s ? '<b>' + esc(label(p.stages[k].nodes[i])) + '</b>' : nodeLink(i, k)}</li>`).join('') + '</ul>';
  return html;
}
function boxPanel(key) {
  const b = boxOfKey(key);
  if (!b) return passPanel();
  const ids = [];
  const collect = x => { ids.push(...x.nodes); x.boxes.forEach(collect); };
  collect(b);
  const operations = {};
  for (const id of ids) { const op = stageNow().nodes[id].op; operations[op] = (operations[op] || 0) + 1; }
  const list = Object.entries(operations).sort((x, y) => y[1] - x[1] || (x[0] < y[0] ? -1 : 1));
  let html = `<h2>${esc(b.path || b.name)}</h2>` + definitions([['kind', esc(b.kind || '')], ['with', esc(b.detail || '')], ['nodes', String(b.count)]]) +
    `<p><button data-toggle="${esc(b.key)}">${b.isOpen ? 'Close' : 'Open'}</button></p>`;
  if (b.visit > 1) html += '<p>\u21a9 The graph comes back to this layer: what stands here belongs to its derivative.</p>';
  if (b.kernel !== undefined) html += kernelBody(b.kernel);
  return html + '<h3>operations</h3><ul class="list">' + list.map(([op, n]) => `<li>${n} ${esc(op)}</li>`).join('') + '</ul>';
}
function kernelBody(k) {
  const p = program(), row = p.kernels[k], moved = row.read + row.written;
  return definitions([['kind', esc(row.kind)], ['space', `<span class="mono">${esc(row.space)}</span>`], ['computes', esc(row.computes)], ['layer', esc(row.region)],
    ['operations', grouped(row.operations)], ['reads', bytesText(row.read)], ['writes', bytesText(row.written)],
    ['ops / byte', moved ? (row.operations / moved).toFixed(2) : ''], ['runs', row.times > 1 ? row.times + ' times' : '']]);
}
function kernelPanel(k) {
  const p = program(), last = p.stages.length - 1, row = p.kernels[k];
  const written = row.buffers.map(b => p.buffers[b]);
  return `<h2>kernel ${k}</h2>` + kernelBody(k) + '<h3>writes</h3><ul class="list">' + written.map(b =>
    `<li>${b.node >= 0 ? nodeLink(b.node, last) : 'what the scan carries on'} <span class="soft">${esc(b.where)}, ${bytesText(b.bytes)}</span></li>`).join('') + '</ul>' +
    '<h3>computes</h3>' + rowsOf(row.nodes, last, 40);
}
function passPanel() {
  const p = program(), s = stageIndex(), stage = stageNow();
  if (showsKernels() || state.view !== 'graph') {
    const [, kernels, operations, bytes] = p.total, [, before, , moved] = p.stages[0].cost;
    return `<h2>Kernels</h2><p>${kernelsText}</p>` + definitions([['kernels', `${kernels} <span class="soft">of ${before} operations</span>`],
      ['operations', grouped(operations)], ['bytes moved', `${bytesText(bytes)} <span class="soft">of ${bytesText(moved)} node by node</span>`], ['arena', bytesText(p.arena)]]) +
      '<h3>in the order in which they run</h3><ul class="list">' + p.kernels.slice(0, 60).map(k => `<li><a data-kernel="${k.id}">kernel ${k.id}</a> <span class="soft">${esc(k.kind)}, ${esc(shortened(k.computes, 40))}</span></li>`).join('') + '</ul>';
  }
  let html = `<h2>${esc(stage.name)}</h2><p>${esc(ABOUT[stage.name] || '')}</p>` + definitions([['nodes', String(stage.nodes.length) + (s ? ` <span class="soft">before: ${p.stages[s - 1].nodes.length}</span>` : '')],
    ['work', `${stage.cost[1]} operations <span class="soft">as kernels of their own</span>`], ['arithmetic', grouped(stage.cost[2])], ['bytes moved', bytesText(stage.cost[3])], ['memory', bytesText(stage.cost[4])]]);
  if (!s) return html + '<p>Choose a node or a box, or move the slider: green is new, amber is changed, red and dashed goes with the next pass.</p>';
  const before = p.stages[s - 1], gone = [], merged = [];
  stage.becomes.forEach((to, i) => { if (to < 0) gone.push(i); else if (stage.nodes[to].from !== i) merged.push([i, to]); });
  const section = (title, ids, k) => ids.length ? `<h3>${title}: ${ids.length}</h3>` + rowsOf(ids, k) : '';
  const of = c => stage.nodes.filter(n => n.change === c).map(n => n.id);
  html += section('removed', gone, s - 1);
  if (merged.length) html += `<h3>merged: ${merged.length}</h3><ul class="list">` + merged.slice(0, 12).map(([i, to]) =>
    `<li>${nodeLink(i, s - 1)} <span class="soft">is now</span> ${nodeLink(to, s)}</li>`).join('') + (merged.length > 12 ? `<li class="soft">and ${merged.length - 12} more</li>` : '') + '</ul>';
  const replaced = of(REPLACED);
  if (replaced.length) html += `<h3>replaced: ${replaced.length}</h3><ul class="list">` + replaced.slice(0, 12).map(id =>
    `<li>${esc(label(before.nodes[stage.nodes[id].from]))} <span class="soft">is now</span> ${nodeLink(id, s)}</li>`).join('') + (replaced.length > 12 ? `<li class="soft">and ${replaced.length - 12} more</li>` : '') + '</ul>';
  html += section('new', of(ADDED), s) + section('with other operands', of(REWIRED), s);
  if (!gone.length && !merged.length && stage.nodes.every(n => !n.change)) html += '<p>Here it found nothing to do.</p>';
  return html;
}
function renderPanel() {
  const c = state.chosen;
  $('panel').innerHTML = !c ? passPanel() : c.node !== undefined ? nodePanel(c.node) : c.kernel !== undefined ? kernelPanel(c.kernel) : boxPanel(c.box);
}
function renderLegend() {
  const s = stageNow(), p = program(), next = p.stages[stageIndex() + 1], chips = [];
  if (!showsKernels()) {
    if (s.added) chips.push(`<span class="chip c3">${s.added} new</span>`);
    if (s.replaced) chips.push(`<span class="chip c2">${s.replaced} replaced</span>`);
    if (s.rewired) chips.push(`<span class="chip c1">${s.rewired} with other operands</span>`);
    if (next && next.removed + next.merged) chips.push(`<span class="chip gone">${[next.removed ? next.removed + ' removed' : '', next.merged ? next.merged + ' merged' : ''].filter(Boolean).join(', ')} by the next pass</span>`);
  }
  $('legend').innerHTML = chips.join('');
}
)js";

}  // namespace telar::inline TELAR_ABI::io::explorer
