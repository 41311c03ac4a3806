// SPDX-License-Identifier: BSL-1.0
// The page's script, part 5: kernels, memory, and eager beside lazy.
#pragma once
#include <telar/core/config.hpp>

#include <string_view>

namespace telar::inline TELAR_ABI::io::explorer {

inline constexpr std::string_view script_views = R"js(
const card = (value, text) => `<div class="card"><b>${value}</b><span>${text}</span></div>`;

// ---- kernels
function drawKernels() {
  const p = program(), most = k => Math.max(1, ...p.kernels.map(k));
  const mostOperations = most(k => k.operations), mostBytes = most(k => k.read + k.written);
  const [, before, , moved] = p.stages[0].cost, [, count, operations, bytes] = p.total;
  const rows = p.kernels.map(k => {
    const all = k.read + k.written;
    return `<tr data-kernel="${k.id}"><td class="num">${k.id}</td><td>${esc(k.kind)}${k.times > 1 ? ' \u00d7' + k.times : ''}</td><td class="mono">${esc(k.space)}</td>` +
      `<td class="num">${grouped(k.operations)}<span class="bar" style="width:${(100 * k.operations / mostOperations).toFixed(1)}%"></span></td>` +
      `<td class="num">${bytesText(k.read)}</td><td class="num">${bytesText(k.written)}<span class="bar b" style="width:${(100 * all / mostBytes).toFixed(1)}%"></span></td>` +
      `<td class="num">${all ? (k.operations / all).toFixed(2) : ''}</td><td>${esc(k.computes)}</td><td class="soft">${esc(k.region)}</td></tr>`;
  });
  $('kernels').innerHTML = '<div class="page"><h2>What runs</h2><p>One line for each kernel, in the order in which they run. Few operations per byte: memory decides how long it takes; many: arithmetic does.</p>' +
    '<div class="cards">' + card(count, 'kernels') + card(before, 'operations, each run by itself') + card(grouped(operations), 'arithmetic operations') + card(bytesText(bytes), 'moved') + card(bytesText(moved), 'moved node by node') + '</div>' +
    '<table class="grid"><thead><tr><th class="num">kernel</th><th>kind</th><th>space</th><th class="num">operations</th><th class="num">reads</th><th class="num">writes</th><th class="num">ops / byte</th><th>computes</th><th>layer</th></tr></thead><tbody>' +
    rows.join('') + '</tbody></table></div>';
}

// ---- memory
function drawMemory() {
  const p = program(), lives = p.buffers.filter(b => b.inArena && b.bytes > 0), count = p.kernels.length, last = p.stages.length - 1;
  let html = '<div class="page"><h2>The arena over time</h2><p>All intermediate values lie in one piece of memory. From left to right the kernels run; a box is a value that lives from the kernel that writes it to the last that reads it. Where one box stands above the life of another, memory is used again.</p>' +
    '<div class="cards">' + card(bytesText(p.arena), 'arena') + card(bytesText(p.mostLive), 'live at one time, at most') + card(bytesText(p.withoutReuse), 'if nothing were used again') + card(lives.length, 'values in it') + '</div>';
  if (!lives.length) { $('memory').innerHTML = html + '<p>Every value is a result, or stays inside a kernel: there is nothing to place.</p></div>'; return; }
  const width = 1200, height = 460, left = 78, top = 14, bottom = 34, right = 14;
  const x = k => left + (width - left - right) * k / count, y = b => height - bottom - (height - top - bottom) * b / p.arena;
  let svg = '';
  for (let t = 0; t <= 4; ++t) {
    const bytes = p.arena * t / 4;
    svg += `<path class="grid-line" d="M${left} ${y(bytes)}H${width - right}"/><text x="${left - 8}" y="${y(bytes) + 4}" text-anchor="end">${bytesText(Math.round(bytes))}</text>`;
  }
  const every = Math.ceil(count / 24);
  for (let k = 0; k < count && x(k + 1) < width - 70; k += every) svg += `<text x="${(x(k) + x(k + 1)) / 2}" y="${height - 12}" text-anchor="middle">${k}</text>`;
  svg += `<path class="limit" d="M${left} ${y(p.mostLive)}H${width - right}"/>`;
  for (const b of lives) {
    const n = b.node >= 0 ? p.stages[last].nodes[b.node] : null, w = x(b.last + 1) - x(b.first) - 1, h = y(b.offset) - y(b.offset + b.bytes);
    const name = n ? label(n) : 'carried', text = `${name} ${n ? n.shape : ''}`, f = n ? n.family : 4;
    svg += `<g data-go="${b.node}" data-stage="${last}"><title>${esc(text)}\n${bytesText(b.bytes)} from byte ${grouped(b.offset)}\nkernel ${b.first} to ${b.last}</title>` +
      `<rect x="${x(b.first).toFixed(1)}" y="${y(b.offset + b.bytes).toFixed(1)}" width="${Math.max(2, w).toFixed(1)}" height="${Math.max(1.5, h - 1).toFixed(1)}" rx="3" fill="var(--${h > 4 ? 'f' : 's'}${f === 5 ? 4 : f})" stroke="${h > 4 ? `var(--s${f === 5 ? 4 : f})` : 'none'}"/>` +
      (h > 14 && w > textWidth(name, 11) + 10 ? `<text class="name" x="${(x(b.first) + 6).toFixed(1)}" y="${(y(b.offset + b.bytes / 2) + 4).toFixed(1)}">${esc(w > textWidth(text, 11) + 12 ? text : name)}</text>` : '') + '</g>';
  }
  html += `<svg class="chart" viewBox="0 0 ${width} ${height}" role="img" aria-label="Lives of values in the arena">${svg}<text x="${width - right}" y="${height - 12}" text-anchor="end">kernel</text></svg>`;
  const outside = p.buffers.filter(b => !b.inArena && b.bytes > 0 && b.first >= 0 && b.where !== 'carried');
  html += '<h2 style="margin-top:26px">Outside of it</h2><p>Inputs, variables and results lie in memory of their own; a new value of a variable that no kernel reads afterwards is written straight into it.</p>' +
    '<table class="grid"><thead><tr><th>value</th><th>is</th><th class="num">bytes</th><th>kernels</th></tr></thead><tbody>' + outside.map(b => {
      const n = b.node >= 0 ? p.stages[last].nodes[b.node] : null;
      const name = !n ? '' : b.where === 'state' && n.targets.length ? n.targets[0] : label(n);
      return `<tr data-go="${b.node}" data-stage="${last}"><td>${esc(name)} <span class="soft mono">${n ? esc(n.shape) : ''}</span></td><td>${esc(b.where === 'state' ? 'new value of the variable' : b.where)}</td><td class="num">${bytesText(b.bytes)}</td><td>${b.first} to ${b.last}</td></tr>`;
    }).join('') + '</tbody></table></div>';
  $('memory').innerHTML = html;
}

// ---- eager beside lazy
let player = 0;
/// The operations that an eager run does, one by one: all that was traced, but for leaves and numbers.
const eagerSteps = p => p.stages[0].nodes.filter(n => n.op !== 'leaf' && !(n.flags & NUMBER) && n.op !== 'scan' && n.op !== 'call_operand');
function shortValue(s) {
  if (!s) return '';
  return s[0] === 1 ? valueNumber(s[6][0]) : `<span class="soft">${valueNumber(s[1])} \u2026 ${valueNumber(s[3])}</span>` + (s[4] + s[5] ? ' <span class="bad">!</span>' : '');
}
/// What a lazy run does for an eager operation.
function lazyPlace(p, id) {
  const last = p.stages.length - 1;
  let at = id;
  for (let s = 0; s < last; ++s) {
    const to = p.stages[s + 1].becomes[at];
    if (to < 0) return {why: `never computed: ${p.stages[s + 1].name} saw that nothing needs it`};
    at = to;
  }
  const n = p.stages[last].nodes[at], kernels = p.kernelsOf[at];
  if (n.op === 'leaf') return {node: at, why: `no work: it is ${label(n)} itself`};
  if (kernels.length) return {node: at, kernels, why: 'part of kernel ' + kernels.join(', ') + (p.kernels[kernels[0]].nodes.length > 1 ? `, together with ${counted(p.kernels[kernels[0]].nodes.length - 1, 'other')}` : '')};
  if (n.flags & VIEW) return {node: at, why: 'no work: a view, whoever reads it steps through memory in another way'};
  if (n.flags & NUMBER) return {node: at, why: 'no work: a number, known before it runs'};
  return {node: at, why: 'no work of its own: the kernel that reads it reaches through it'};
}
function drawSteps() {
  const p = program(), steps = eagerSteps(p), [, , , eagerBytes, eagerMemory] = p.stages[0].cost;
  $('steps').innerHTML = '<div class="page"><h2>Eager beside lazy</h2><p>Eager runs each operation as it is met, and keeps its result. Lazy sees the whole graph before anything runs: what nobody needs is dropped, views cost nothing, and what is left runs as few kernels.' +
    (p.eager.length ? ' Values on both sides are those of the reference interpreter: of the graph as it was traced, and as it is optimised.' : ' Give save_explorer the inputs of a run to see values here.') + '</p>' +
    '<div class="cards">' + card(`${p.stages[0].cost[1]} \u2192 ${p.total[1]}`, 'operations run \u2192 kernels run') + card(`${bytesText(eagerBytes)} \u2192 ${bytesText(p.total[3])}`, 'bytes moved') + card(`${bytesText(eagerMemory)} \u2192 ${bytesText(p.arena)}`, 'memory for what is in between') + '</div>' +
    `<div class="step"><button data-step="-1" title="one back (\u2190)">\u2190</button><button data-step="1" title="one on (\u2192)">\u2192</button><button id="play">play</button><input id="at" type="range" min="0" max="${Math.max(0, steps.length - 1)}" aria-label="Step"><span id="count" class="soft num"></span></div>` +
    '<div id="verdict" class="verdict" aria-live="polite"></div>' +
    '<div class="duo"><div id="eagerList">' + steps.map((n, k) => `<div class="row" data-k="${k}"><span class="k soft num">${k + 1}</span><span>${esc(label(n))}</span><span class="soft mono">${esc(n.shape)}</span><span class="v mono">${p.eager.length ? shortValue(p.eager[n.id]) : ''}</span></div>`).join('') +
    '</div><div id="lazyList">' + p.kernels.map(k => `<div class="kernel" data-kernel="${k.id}"><b>kernel ${k.id}</b> <span class="soft">${esc(k.kind)} <span class="mono">${esc(k.space)}</span></span><div>${esc(k.computes)}</div>` +
      k.buffers.map(b => p.buffers[b]).filter(b => b.node >= 0).map(b => `<div class="row" style="padding:0"><span class="soft">writes ${esc(label(p.stages.at(-1).nodes[b.node]))} <span class="mono">${esc(p.stages.at(-1).nodes[b.node].shape)}</span></span><span class="v mono">${p.lazy.length ? shortValue(p.lazy[b.node]) : ''}</span></div>`).join('') + '</div>').join('') + '</div></div></div>';
  setStep(state.step, true);
}
function setStep(k, isFirst) {
  const p = program(), steps = eagerSteps(p);
  if (!steps.length || !$('at')) return;
  state.step = Math.min(steps.length - 1, Math.max(0, k));
  const n = steps[state.step], place = lazyPlace(p, n.id), eager = p.eager.length ? p.eager[n.id] : 0, lazy = p.lazy.length && place.node >= 0 ? p.lazy[place.node] : 0;
  $('at').value = state.step;
  $('count').textContent = `${state.step + 1} of ${steps.length}`;
  const rows = $('eagerList').children;
  for (let i = 0; i < rows.length; ++i) {
    rows[i].classList.toggle('now', i === state.step);
    rows[i].classList.toggle('past', i < state.step);
  }
  const seen = new Set();
  for (let i = 0; i <= state.step; ++i) for (const q of lazyPlace(p, steps[i].id).kernels || []) seen.add(q);
  const cards = $('lazyList').children;
  for (let q = 0; q < cards.length; ++q) {
    cards[q].classList.toggle('now', (place.kernels || []).includes(q));
    cards[q].classList.toggle('done', seen.has(q));
  }
  $('verdict').innerHTML = `<div><span class="soft">eager</span> <b>${esc(label(n))}</b> <span class="mono soft">${esc(n.shape)} ${esc(n.type)}</span>${valueHtml(eager, 'its result')}</div>` +
    `<div><span class="soft">lazy</span> ${esc(place.why)}${valueHtml(lazy, place.kernels ? 'the same value' : 'what is read')}</div><div>${eager && lazy ? differenceHtml(eager[7]) : ''}</div>`;
  if (isFirst) return;
  keepInSight($('eagerList'), rows[state.step]);
  if (place.kernels) keepInSight($('lazyList'), cards[place.kernels[0]]);
}
function keepInSight(list, row) {
  if (row.offsetTop < list.scrollTop || row.offsetTop + row.offsetHeight > list.scrollTop + list.clientHeight)
    list.scrollTop = row.offsetTop - list.clientHeight / 3;
}
function play() {
  if (player) { clearInterval(player); player = 0; } else player = setInterval(() => {
    if (state.step + 1 >= eagerSteps(program()).length || state.view !== 'steps') play(); else setStep(state.step + 1);
  }, 700);
  if ($('play')) $('play').textContent = player ? 'pause' : 'play';
}
)js";

}  // namespace telar::inline TELAR_ABI::io::explorer
