// SPDX-License-Identifier: BSL-1.0
// The page's script, part 1: the data as objects, and the boxes that nodes stand in.
#pragma once
#include <telar/core/config.hpp>

#include <string_view>

namespace telar::inline TELAR_ABI::io::explorer {

inline constexpr std::string_view script_model = R"js(
// ---- the data
const D = JSON.parse(document.getElementById('data').textContent);
const T = i => D.texts[i];
const LIVE = 1, VIEW = 2, NUMBER = 4, INPUT = 8, VARIABLE = 16;
const NONE = 0, REWIRED = 1, REPLACED = 2, ADDED = 3;
const $ = id => document.getElementById(id);
const ESCAPES = {'&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;'};
const esc = s => String(s).replace(/[&<>"']/g, c => ESCAPES[c]);
const grouped = n => String(n).replace(/\B(?=(\d{3})+$)/g, '\u2009');
function bytesText(n) {
  const units = ['B', 'KB', 'MB', 'GB', 'TB'];
  let u = 0;
  while (n >= 10000 && u < 4) n /= 1000, ++u;
  return (u ? n.toFixed(n < 100 ? 1 : 0) : grouped(n)) + '\u2009' + units[u];
}

function decodeStage(stage) {
  const nodes = stage.nodes.map((r, id) => ({id, op: T(r[0]), told: T(r[1]), shape: T(r[2]), type: T(r[3]), family: r[4],
    region: r[5], from: r[6], change: r[7], flags: r[8], in: r.slice(9), users: [], isRoot: false, targets: []}));
  for (const n of nodes) for (const k of new Set(n.in)) nodes[k].users.push(n.id);
  for (const [id, target] of stage.roots) {
    nodes[id].isRoot = true;
    if (target >= 0) nodes[id].targets.push(T(target));
  }
  return {...stage, nodes};
}
function decodeProgram(p) {
  const stages = p.stages.map(decodeStage);
  const kernels = p.kernels.map((r, id) => ({id, kind: T(r[0]), space: T(r[1]), computes: T(r[2]), region: T(r[3]),
    operations: r[4], read: r[5], written: r[6], times: r[7], nodes: r[8], buffers: r[9]}));
  const buffers = p.buffers.map((r, id) => ({id, node: r[0], where: T(r[1]), inArena: r[2] === 1, first: r[3], last: r[4],
    offset: r[5], bytes: r[6]}));
  const regions = p.regions.map(r => ({outer: r[0], path: T(r[1]), kind: T(r[2]), configuration: T(r[3])}));
  const kernelsOf = stages.at(-1).nodes.map(() => []);
  for (const k of kernels) for (const n of k.nodes) kernelsOf[n].push(k.id);
  return {...p, stages, kernels, buffers, regions, kernelsOf, toggled: new Map(), cache: new Map()};
}
const programs = D.programs.map(decodeProgram);
const state = {program: 0, stage: 0, view: 'graph', grouping: 'auto', numbers: false, chosen: null, query: '', step: 0};
const program = () => programs[state.program];
/// The last stop of the slider shows the optimised graph once more, with its kernels.
const stopCount = () => program().stages.length + 1;
const stageIndex = () => Math.min(state.stage, program().stages.length - 1);
const stageNow = () => program().stages[stageIndex()];
const isLast = () => state.stage >= program().stages.length - 1;
const showsKernels = () => state.stage === program().stages.length;

const counted = (count, what) => `${count} ${what}${count === 1 ? '' : 's'}`;
const label = n => n.op === 'leaf' ? n.told : n.op === 'constant' ? n.told : n.op;
/// The value of a node of one stage, in another stage; -1: it is gone, or new.
function follow(p, from, to, id) {
  for (; from < to && id >= 0; ++from) id = p.stages[from + 1].becomes[id];
  for (; from > to && id >= 0; --from) id = p.stages[from].nodes[id].from;
  return id;
}
/// What the next pass does with a node: '' (it stays), 'removed', 'merged'.
function fate(p, stage, id) {
  const next = p.stages[stage + 1];
  if (!next) return '';
  const to = next.becomes[id];
  return to < 0 ? 'removed' : next.nodes[to].from !== id ? 'merged' : '';
}

// ---- boxes
/// "blocks.1.up": the boxes "blocks.1" and "blocks.1.up". A number belongs to the name before it.
function prefixesOf(path) {
  const all = [];
  let at = '';
  for (const part of path ? path.split('.') : []) {
    at += (at ? '.' : '') + part;
    if (/^[0-9]+$/.test(part) && all.length) all[all.length - 1] = at;
    else all.push(at);
  }
  return all;
}
/// The path of the layer of a leaf whose name begins with it, as that of a kernel.
function pathOfLeaf(p, name) {
  let best = '';
  for (const r of p.regions) if (r.path && name.startsWith(r.path + '.') && r.path.length > best.length) best = r.path;
  return best;
}
/// Of every node the boxes by name. What stands between two layers has no name: it stands beside the layer that it reads.
function namedBoxes(p, nodes) {
  const all = [];
  for (const n of nodes) {
    let own = prefixesOf(n.op === 'leaf' ? pathOfLeaf(p, n.told) : p.regions.length ? p.regions[n.region].path : '');
    if (!own.length && n.op !== 'leaf' && n.in.length) {
      const last = Math.max(...n.in.filter(k => nodes[k].op !== 'leaf'));
      if (last >= 0) own = all[last].isBeside ? all[last] : all[last].slice(0, -1);
      if (own.length) { own = [...own]; own.isBeside = true; }
    }
    all.push(own);
  }
  return all;
}
/// A box is left and entered again, by the way back of a derivative. So that boxes stand one below the other, each time
/// is a box of its own: for every node in the box how often a path to it has entered.
function visits(nodes, boxes, prefix) {
  const count = [];
  for (const n of nodes) {
    const inside = boxes[n.id].includes(prefix);
    let most = inside ? 1 : 0;
    for (const k of n.in) {
      if (nodes[k].flags & NUMBER) continue;
      const entered = inside && !boxes[k].includes(prefix) && count[k] > 0 ? 1 : 0;
      most = Math.max(most, count[k] + entered);
    }
    count.push(most);
  }
  return count;
}
/// Nodes outside of regions whose values only the new value of one variable needs: its gradient's end, its update.
function updatedVariables(nodes) {
  const MIXED = null, of = nodes.map(() => undefined);
  const add = (i, name) => { of[i] = of[i] === undefined || of[i] === name ? name : MIXED; };
  for (let i = nodes.length - 1; i >= 0; --i) {
    const n = nodes[i];
    if (n.isRoot && !n.targets.length) add(i, MIXED);
    for (const t of n.targets) add(i, t.split('/')[0]);
    if (of[i] !== undefined) for (const k of n.in) add(k, of[i]);
  }
  return of;
}
function chainsByName(p, stage) {
  const nodes = stage.nodes, boxes = namedBoxes(p, nodes), updated = updatedVariables(nodes);
  const isFree = i => !boxes[i].length || boxes[i].isBeside;
  const works = new Set(nodes.filter((n, i) => n.op !== 'leaf' && !(n.flags & NUMBER) && isFree(i)).map(n => updated[n.id]));
  const counts = new Map(), layers = new Map(p.regions.filter(r => r.kind).map(r => [r.path, r]));
  for (const all of boxes) for (const x of all) if (!counts.has(x)) counts.set(x, visits(nodes, boxes, x));
  return nodes.map((n, i) => {
    if (isFree(i) && updated[i] && works.has(updated[i])) return [{key: 'u:' + updated[i], name: 'update ' + updated[i], kind: ''}];
    return boxes[i].map((path, k) => {
      const outer = k ? boxes[i][k - 1] : '', visit = counts.get(path)[i], layer = layers.get(path) || {kind: '', configuration: ''};
      return {key: `${path}@${visit}`, name: path.slice(outer ? outer.length + 1 : 0) + (visit > 1 ? ' \u21a9' : ''),
        kind: layer.kind, detail: layer.configuration, path, visit};
    });
  });
}
function chainsByKernel(p, stage) {
  const of = stage.nodes.map(n => p.kernelsOf[n.id].length ? p.kernelsOf[n.id][0] : -1);
  for (let i = of.length - 1; i >= 0; --i) {  // a view stands with the one kernel that reads it
    const n = stage.nodes[i];
    if (of[i] >= 0 || n.op === 'leaf' || !n.users.length || n.isRoot) continue;
    const readers = new Set(n.users.map(u => of[u]));
    if (readers.size === 1) of[i] = of[n.users[0]];
  }
  return of.map(k => k < 0 ? [] : [{key: 'k' + k, name: 'kernel ' + k, kind: p.kernels[k].kind, kernel: k, computes: p.kernels[k].computes}]);
}
function chainsNow() {
  const grouping = state.grouping === 'auto' ? (showsKernels() ? 'kernel' : 'name') : state.grouping;
  const p = program(), stage = stageNow();
  if (grouping === 'none') return stage.nodes.map(() => []);
  const kind = grouping === 'kernel' && isLast() ? 'kernel' : 'name', key = kind + stageIndex();
  if (!p.cache.has(key)) p.cache.set(key, kind === 'kernel' ? chainsByKernel(p, stage) : chainsByName(p, stage));
  return p.cache.get(key);
}
/// The boxes of the graph that is shown, each with what stands directly in it.
function boxesNow() {
  const stage = stageNow(), chains = chainsNow();
  const root = {key: '', parent: null, boxes: new Map(), nodes: [], count: 0, least: 0, isOpen: true, depth: 0};
  const boxOf = stage.nodes.map(n => {
    let box = root;
    for (const link of chains[n.id]) {
      const key = box.key + '/' + link.key;
      if (!box.boxes.has(key))
        box.boxes.set(key, {...link, key, parent: box, boxes: new Map(), nodes: [], count: 0, least: n.id, depth: box.depth + 1});
      box = box.boxes.get(key);
    }
    box.nodes.push(n.id);
    for (let b = box; b; b = b.parent) ++b.count;
    return box;
  });
  const opens = stage.nodes.length <= 48, toggled = program().toggled;
  const settle = box => {
    for (const b of box.boxes.values()) {
      b.isOpen = toggled.has(b.key) ? toggled.get(b.key) : opens;
      settle(b);
    }
  };
  settle(root);
  return {root, boxOf};
}
)js";

}  // namespace telar::inline TELAR_ABI::io::explorer
