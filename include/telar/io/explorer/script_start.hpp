// SPDX-License-Identifier: BSL-1.0
// The page's script, part 6: what the user does, and the beginning.
#pragma once
#include <telar/core/config.hpp>

#include <string_view>

namespace telar::inline TELAR_ABI::io::explorer {

inline constexpr std::string_view script_start = R"js(
const failures = [];
addEventListener('error', e => failures.push(e.message));

function setView(view) {
  state.view = view;
  for (const b of document.querySelectorAll('nav button')) b.setAttribute('aria-selected', String(b.dataset.view === view));
  for (const v of ['graph', 'kernels', 'memory', 'steps']) $(v).hidden = v !== view;
  if (view === 'kernels') drawKernels();
  if (view === 'memory') drawMemory();
  if (view === 'steps') drawSteps();
  if (view === 'graph') drawGraph(Boolean(shown));
  renderPanel();
}
function setStage(stage, keep) {
  const before = stageIndex();
  state.stage = Math.min(stopCount() - 1, Math.max(0, stage));
  if (state.chosen && state.chosen.node !== undefined && before !== stageIndex() && !keep) {
    const to = follow(program(), before, stageIndex(), state.chosen.node);
    state.chosen = to < 0 ? null : {node: to};
  }
  if (state.chosen && state.chosen.box !== undefined && !boxOfKey(state.chosen.box)) state.chosen = null;
  $('slider').value = state.stage;
  for (const b of document.querySelectorAll('#stops button')) {
    if (b.dataset.stop === String(state.stage)) b.setAttribute('aria-current', 'step');
    else b.removeAttribute('aria-current');
  }
  if (state.view === 'graph') drawGraph();
  renderLegend();
  renderPanel();
  if (state.query) search();
  $('hits').hidden = true;
}
function setProgram(k) {
  state.program = k;
  state.chosen = null;
  state.step = 0;
  const p = program(), stops = [...p.stages.map(s => [s.name, counted(s.nodes.length, 'node')]), ['kernels', counted(p.kernels.length, 'kernel')]];
  $('stops').innerHTML = stops.map(([name, text], i) => `<li><button data-stop="${i}" tabindex="-1"><b>${esc(name.replaceAll('_', ' '))}</b><small>${text}</small></button></li>`).join('');
  $('slider').max = stops.length - 1;
  $('slider').style.width = `calc(${100 - 100 / stops.length}% + 16px)`;
  shown = null;
  setStage(Math.min(state.stage, stops.length - 1));
  setView(state.view);
}
const systemIsDark = matchMedia('(prefers-color-scheme: dark)');
let isThemeChosen = false;
function setTheme(theme, isKept) {
  isThemeChosen = true;
  document.documentElement.dataset.theme = theme;
  if (isKept) try { localStorage.setItem('telar-theme', theme); } catch { /* a page from a file may have no storage */ }
}
function followSystem() {
  if (!isThemeChosen) document.documentElement.dataset.theme = systemIsDark.matches ? 'dark' : 'light';
}
const isDark = () => document.documentElement.dataset.theme === 'dark';
function act(what) {
  if (what === 'open') toggleAll(true);
  if (what === 'close') toggleAll(false);
  if (what === 'in') zoom(1.25);
  if (what === 'out') zoom(.8);
  if (what === 'fit') fit();
}
function goTo(id, stage) {
  if (id < 0) return;
  if (stage !== stageIndex()) { state.chosen = null; setStage(stage, true); }
  choose({node: id}, true);
}

// ---- by mouse
document.querySelector('nav').addEventListener('click', e => { if (e.target.dataset.view) setView(e.target.dataset.view); });
document.querySelector('.tools').addEventListener('click', e => { if (e.target.dataset.do) act(e.target.dataset.do); });
document.querySelector('main').addEventListener('click', e => {
  const at = name => e.target.closest(`[data-${name}]`);
  if (e.target.id === 'play') return play();
  const go = at('go'), kernel = at('kernel'), toggleAt = at('toggle'), step = at('step'), row = at('k');
  if (toggleAt) toggle(toggleAt.dataset.toggle);
  else if (step) setStep(state.step + Number(step.dataset.step));
  else if (row) setStep(Number(row.dataset.k));
  else if (go) goTo(Number(go.dataset.go), Number(go.dataset.stage));
  else if (kernel) {
    for (const tr of document.querySelectorAll('tr.chosen')) tr.classList.remove('chosen');
    if (kernel.tagName === 'TR') kernel.classList.add('chosen');
    choose({kernel: Number(kernel.dataset.kernel)});
  }
});
$('steps').addEventListener('input', e => { if (e.target.id === 'at') setStep(Number(e.target.value)); });
$('slider').addEventListener('input', () => setStage(Number($('slider').value)));
$('stops').addEventListener('click', e => { const b = e.target.closest('[data-stop]'); if (b) setStage(Number(b.dataset.stop)); });
$('program').addEventListener('change', () => setProgram(Number($('program').value)));
$('grouping').addEventListener('change', () => { state.grouping = $('grouping').value; drawGraph(); });
$('numbers').addEventListener('change', () => { state.numbers = $('numbers').checked; drawGraph(); });
systemIsDark.addEventListener('change', followSystem);
$('theme').addEventListener('click', () => setTheme(isDark() ? 'light' : 'dark', true));
$('help').addEventListener('click', () => $('keys').showModal());
$('search').addEventListener('input', search);
$('hits').addEventListener('mousedown', e => {
  const li = e.target.closest('[data-hit]');
  if (li) goToHit(Number(li.dataset.hit)), $('hits').hidden = true;
});
$('search').addEventListener('blur', () => { $('hits').hidden = true; });
{
  const canvas = $('canvas');
  let drag = null;
  canvas.addEventListener('pointerdown', e => { drag = {x: e.clientX, y: e.clientY, moved: false}; });
  canvas.addEventListener('pointermove', e => {
    if (!drag) return;
    const dx = e.clientX - drag.x, dy = e.clientY - drag.y;
    if (!drag.moved && Math.hypot(dx, dy) < 4) return;
    if (!drag.moved) canvas.setPointerCapture(e.pointerId);
    drag = {x: e.clientX, y: e.clientY, moved: true};
    camera.x += dx;
    camera.y += dy;
    applyCamera();
  });
  let wasDrag = false;
  canvas.addEventListener('pointerup', () => { wasDrag = Boolean(drag && drag.moved); drag = null; });
  canvas.addEventListener('click', e => {
    if (wasDrag) { wasDrag = false; return; }
    if (e.target.closest('[data-toggle]')) return;
    const node = e.target.closest('[data-node]'), box = e.target.closest('[data-box]');
    if (node) choose({node: Number(node.dataset.node)});
    else choose(box ? {box: box.dataset.box} : null);
  });
  canvas.addEventListener('dblclick', e => {
    const box = e.target.closest('[data-box]');
    if (box && !e.target.closest('[data-node]')) toggle(box.dataset.box);
  });
  canvas.addEventListener('wheel', e => {
    e.preventDefault();
    const r = canvas.getBoundingClientRect();
    zoom(Math.exp(-e.deltaY * (e.deltaMode ? .05 : .0015)), e.clientX - r.left, e.clientY - r.top);
  }, {passive: false});
}

// ---- by keys
$('search').addEventListener('keydown', e => {
  if (e.key === 'Enter') goToHit(e.shiftKey ? hitNow - 1 : hitNow + 1);
  else if (e.key === 'ArrowDown') goToHit(hitNow + 1), e.preventDefault();
  else if (e.key === 'ArrowUp') goToHit(hitNow - 1), e.preventDefault();
  else if (e.key === 'Escape') $('search').value = '', search(), $('canvas').focus();
  else return;
  if (e.key !== 'Escape') $('search').focus({preventScroll: true});
});
/// To an operand, or to a reader, that is seen.
function walk(up) {
  const c = state.chosen, stage = stageNow();
  if (!c || c.node === undefined) { const first = stage.nodes.find(n => shown.itemOf[n.id]); if (first) choose({node: first.id}, true); return; }
  const next = (up ? stage.nodes[c.node].in : stage.nodes[c.node].users).find(k => shown.itemOf[k]);
  if (next !== undefined) choose({node: next}, true);
}
addEventListener('keydown', e => {
  if (e.target.matches('input:not([type=range]):not([type=checkbox]), select, dialog *') || e.ctrlKey || e.metaKey || e.altKey) return;
  const inSteps = state.view === 'steps', key = e.key, c = state.chosen;
  if (key === 'ArrowLeft' || key === 'ArrowRight') {
    const by = key === 'ArrowRight' ? 1 : -1;
    if (inSteps) setStep(state.step + by); else setStage(state.stage + by);
  } else if ((key === 'ArrowUp' || key === 'ArrowDown') && state.view === 'graph') walk(key === 'ArrowUp');
  else if (key === 'Enter' && !e.target.matches('button, a') && c && c.box !== undefined) toggle(c.box);
  else if (key === 'Enter' && !e.target.matches('button, a') && c && c.node !== undefined && state.view === 'graph') {
    const b = boxesNow().boxOf[c.node];
    if (b.parent) { choose({box: b.key}); toggle(b.key); }
  } else if (key === '/') $('search').focus(), $('search').select();
  else if (key === '?') $('keys').showModal();
  else if (key === 'Escape') choose(null);
  else if (key === 't') $('theme').click();
  else if (key === 'n') $('numbers').click();
  else if (key === 'e' || key === 'c') act(key === 'e' ? 'open' : 'close');
  else if (key === '+' || key === '=' || key === '-' || key === 'f') act(key === 'f' ? 'fit' : key === '-' ? 'out' : 'in');
  else if ('1234'.includes(key)) setView(['graph', 'kernels', 'memory', 'steps'][Number(key) - 1]);
  else return;
  e.preventDefault();
});

// ---- the beginning
function selfTest() {
  const said = [], check = (what, holds) => { if (!holds) said.push(what); };
  const press = key => $('canvas').dispatchEvent(new KeyboardEvent('keydown', {key, bubbles: true}));
  const input = (element, value) => { element.value = value; element.dispatchEvent(new Event('input')); };
  programs.forEach((p, k) => {
    setProgram(k);
    for (let s = 0; s < stopCount(); ++s) {
      input($('slider'), s);
      check(`${p.name}: stop ${s} is shown`, state.stage === s && document.querySelector('#stops [aria-current]').dataset.stop === String(s));
      toggleAll(true);
      const seen = stageNow().nodes.filter(n => !(n.flags & NUMBER)).length;
      check(`${p.name}: stop ${s} draws all ${seen} nodes`, document.querySelectorAll('#world .node').length === seen);
      for (const g of document.querySelectorAll('#world rect')) check('a place is a number', Number.isFinite(Number(g.getAttribute('x'))) && Number(g.getAttribute('width')) > 0);
      toggleAll(false);
      stageNow().nodes.slice(0, 200).forEach(n => nodePanel(n.id));
      check(`${p.name}: closed boxes hide nodes`, document.querySelectorAll('#world .node').length <= seen);
    }
    input($('slider'), 0);
    const wanted = stageNow().nodes.at(-1);
    input($('search'), '%' + wanted.id + ' ' + wanted.shape);
    check('the search finds a node', hits.some(n => n.id === wanted.id));
    $('search').dispatchEvent(new KeyboardEvent('keydown', {key: 'Enter'}));
    check('and goes to it', state.chosen && shown.itemOf[state.chosen.node] && document.querySelector('#world .chosen'));
    input($('search'), 'no such thing');
    check('it finds nothing where there is nothing', hits.length === 0);
    input($('search'), '');
    press('ArrowRight');
    check('an arrow moves the slider', state.stage === 1);
    for (const view of ['kernels', 'memory', 'steps', 'graph']) setView(view);
    setView('kernels');
    check('a row for each kernel', document.querySelectorAll('#kernels tbody tr').length === p.kernels.length);
    setView('steps');
    press('ArrowRight');
    check('an arrow steps on', eagerSteps(p).length < 2 || state.step === 1);
    eagerSteps(p).forEach((n, i) => setStep(i));
    p.kernels.forEach(q => choose({kernel: q.id}));
    setView('graph');
  });
  const before = isDark(), background = () => getComputedStyle(document.body).backgroundColor, seen = background();
  press('t');
  check('the theme changes, and is seen', isDark() !== before && background() !== seen);
  press('t');
  return [...said, ...failures];
}
followSystem();
try {
  const theme = localStorage.getItem('telar-theme');
  if (theme === 'dark' || theme === 'light') setTheme(theme);
} catch { /* as above */ }
$('title').textContent = D.title;
$('program').innerHTML = programs.map((p, k) => `<option value="${k}">${esc(p.name)}</option>`).join('');
$('program').hidden = programs.length < 2;
setProgram(0);
{
  const wish = new URLSearchParams(location.hash.slice(1));  // #stage=3&view=memory&theme=dark: for links and pictures
  if (wish.has('theme')) setTheme(wish.get('theme'));
  if (wish.has('program')) setProgram(Number(wish.get('program')));
  if (wish.has('stage')) setStage(Number(wish.get('stage')));
  if (wish.has('view')) setView(wish.get('view'));
  if (wish.has('step')) setStep(Number(wish.get('step')));
  if (wish.has('open')) toggleAll(true);
  if (wish.has('node')) choose({node: Number(wish.get('node'))}, true);
  if (wish.has('selftest')) {
    let said;
    try { said = selfTest(); } catch (e) { said = [String(e), ...failures]; }
    document.body.dataset.selftest = said.length ? 'failed: ' + said.join('; ') : 'passed';
  }
}
)js";

}  // namespace telar::inline TELAR_ABI::io::explorer
