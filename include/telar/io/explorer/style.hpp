// SPDX-License-Identifier: BSL-1.0
// The page's style. Colours are variables, so that dark and light differ in one table each.
#pragma once
#include <telar/core/config.hpp>

#include <string_view>

namespace telar::inline TELAR_ABI::io::explorer {

inline constexpr std::string_view style = R"css(
:root, :root[data-theme=light] { color-scheme: light;
 --bg: #f6f5f2; --paper: #fff; --ink: #24282f; --soft: #6a7079; --line: #e2dfd9; --edge: #b3b1ab; --accent: #2b6a8b;
 --tint: #e9f1f5; --f0: #f1f1ef; --s0: #b5b3ad; --f1: #ecf4ef; --s1: #86b298; --f2: #f7f1e4; --s2: #cfae6c;
 --f3: #e9effa; --s3: #7c9bd1; --f4: #e9f4f5; --s4: #73abb3; --f6: #f3f0f8; --s6: #b1a5ca; --f7: #f9ece9; --s7: #d18f83;
 --leaf: #fff; --var: #fdf6e6; --added: #2e8b57; --changed: #c17f12; --gone: #c0453c; --shade: 0 1px 3px rgb(40 40 50 / .10); }
:root[data-theme=dark] { color-scheme: dark;
 --bg: #15171b; --paper: #1d2025; --ink: #e4e5e8; --soft: #9299a4; --line: #30343b; --edge: #5a606a; --accent: #7db7d6;
 --tint: #22303a; --f0: #26292e; --s0: #5b616b; --f1: #203028; --s1: #517c63; --f2: #332c1d; --s2: #8d733d;
 --f3: #212c40; --s3: #5877ad; --f4: #1e3033; --s4: #4b7e86; --f6: #2b2735; --s6: #776a95; --f7: #382623; --s7: #9c6257;
 --leaf: #1d2025; --var: #2e2a1c; --added: #63c08c; --changed: #e0ac4d; --gone: #e5786f; --shade: 0 1px 3px rgb(0 0 0 / .4); }
* { box-sizing: border-box; }
html, body { height: 100%; margin: 0; }
body { display: flex; flex-direction: column; background: var(--bg); color: var(--ink); overflow: hidden;
 font: 14px/1.45 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif; }
button, select, input { font: inherit; color: inherit; }
button, select { background: var(--paper); border: 1px solid var(--line); border-radius: 6px; padding: 3px 10px; cursor: pointer; }
button:hover { border-color: var(--edge); }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 1px; }
code, .mono, kbd { font-family: ui-monospace, "SF Mono", "Cascadia Code", "DejaVu Sans Mono", Menlo, Consolas, monospace; font-size: .92em; }
header { display: flex; gap: 14px; align-items: center; padding: 9px 16px; background: var(--paper); border-bottom: 1px solid var(--line); }
h1 { font-size: 16px; font-weight: 650; margin: 0; white-space: nowrap; overflow: hidden; text-overflow: ellipsis; letter-spacing: -.01em; }
nav { display: flex; background: var(--bg); border-radius: 8px; padding: 2px; }
nav button { border: 0; background: none; color: var(--soft); white-space: nowrap; }
nav button[aria-selected=true] { background: var(--paper); color: var(--ink); box-shadow: var(--shade); }
.search { position: relative; margin-left: auto; width: min(340px, 30vw); }
.search input { width: 100%; padding: 5px 10px; border: 1px solid var(--line); border-radius: 8px; background: var(--bg); }
#hits { position: absolute; z-index: 5; top: 110%; left: 0; right: 0; margin: 0; padding: 4px; max-height: 60vh; overflow: auto; list-style: none;
 background: var(--paper); border: 1px solid var(--line); border-radius: 8px; box-shadow: 0 8px 24px rgb(0 0 0 / .16); }
#hits li { padding: 4px 8px; border-radius: 5px; cursor: pointer; display: flex; gap: 8px; align-items: baseline; }
#hits li[aria-selected=true], #hits li:hover { background: var(--tint); }
#hits .where { margin-left: auto; }
.icon { width: 32px; padding: 3px 0; }
#passes { padding: 7px 16px 3px; background: var(--paper); border-bottom: 1px solid var(--line); }
#stops { display: flex; list-style: none; margin: 0; padding: 0; }
#stops li { flex: 1; text-align: center; min-width: 0; }
#stops button { border: 0; background: none; padding: 0 4px; max-width: 100%; line-height: 1.25; color: var(--soft); }
#stops b { display: block; font-weight: 500; font-size: 13px; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
#stops small { font-size: 11.5px; }
#stops [aria-current=step] { color: var(--ink); } #stops [aria-current=step] b { font-weight: 650; }
#slider { display: block; margin: 0 auto; accent-color: var(--accent); height: 18px; }
main { flex: 1; display: flex; min-height: 0; }
.views { flex: 1; position: relative; min-width: 0; }
.view { position: absolute; inset: 0; overflow: auto; } .view[hidden] { display: none; }
aside { width: 330px; overflow: auto; padding: 14px 16px 40px; border-left: 1px solid var(--line); background: var(--paper); }
#graph { overflow: hidden; } #canvas { width: 100%; height: 100%; cursor: grab; touch-action: none; } #canvas:active { cursor: grabbing; }
#canvas:focus-visible { outline-offset: -3px; }
.tools { position: absolute; left: 12px; bottom: 12px; display: flex; gap: 6px; align-items: center; padding: 6px 8px; border-radius: 10px;
 background: var(--paper); box-shadow: var(--shade); border: 1px solid var(--line); font-size: 13px; } .gap { width: 8px; }
#legend { position: absolute; left: 14px; top: 10px; display: flex; gap: 6px; flex-wrap: wrap; pointer-events: none; max-width: 90%; }
.chip { display: inline-block; padding: 1px 8px; border-radius: 10px; border: 1px solid var(--line); background: var(--paper); font-size: 12px; color: var(--soft); }
.chip.added, .chip.c3 { color: var(--added); border-color: var(--added); } .chip.c1, .chip.c2 { color: var(--changed); border-color: var(--changed); }
.chip.gone { color: var(--gone); border-color: var(--gone); border-style: dashed; }
.node { cursor: pointer; } .node rect { fill: var(--f0); stroke: var(--s0); stroke-width: 1; }
.node text { fill: var(--ink); font-size: 12.5px; text-anchor: middle; pointer-events: none; } .node text.s { fill: var(--soft); font-size: 10.5px; }
.f1 rect { fill: var(--f1); stroke: var(--s1); } .f2 rect { fill: var(--f2); stroke: var(--s2); } .f3 rect { fill: var(--f3); stroke: var(--s3); }
.f4 rect, .f5 rect { fill: var(--f4); stroke: var(--s4); } .f6 rect { fill: var(--f6); stroke: var(--s6); } .f7 rect { fill: var(--f7); stroke: var(--s7); }
.leaf rect { fill: var(--leaf); stroke: var(--soft); rx: 2px; } .var rect { fill: var(--var); stroke: var(--s2); rx: 2px; }
.leaf text.l { font-weight: 600; }
.root rect { stroke-width: 2.4; }
.dead { opacity: .42; }
.node.c1 rect { stroke: var(--changed); stroke-dasharray: 2 2; stroke-width: 1.6; } .node.c2 rect { stroke: var(--changed); stroke-width: 2.2; }
.node.c3 rect { stroke: var(--added); stroke-width: 2.2; } .node.gone rect { stroke: var(--gone); stroke-dasharray: 5 3; stroke-width: 1.8; }
.box > rect { fill: var(--paper); stroke: var(--line); } .box.shut > rect { fill: var(--tint); stroke: var(--edge); }
.box > text { fill: var(--ink); font-size: 12.5px; font-weight: 600; pointer-events: none; } .box > text.s { fill: var(--soft); font-weight: 400; font-size: 10.5px; }
.box > .sign { cursor: pointer; fill: var(--soft); font-size: 15px; pointer-events: auto; } .box { cursor: pointer; }
.box.nested > rect { fill: var(--bg); }
.box.hasdiff > rect { stroke: var(--changed); stroke-width: 1.8; }
.edge { fill: none; stroke: var(--edge); stroke-width: 1.1; } #tip path { fill: var(--edge); }
.edge.hot { stroke: var(--accent); stroke-width: 2.2; } .edge.back { stroke-dasharray: 4 3; } .edge.far { opacity: .3; } .edge.far.hot { opacity: 1; }
.chosen > rect { stroke: var(--accent) !important; stroke-width: 3 !important; stroke-dasharray: none !important; }
.hit > rect { filter: drop-shadow(0 0 3px var(--accent)); stroke: var(--accent); stroke-width: 2.2; }
.near > rect { stroke: var(--accent); }
aside h2, .page h2 { font-size: 15px; margin: 0 0 2px; letter-spacing: -.01em; overflow-wrap: anywhere; } aside h3 { font-size: 12px; color: var(--soft); font-weight: 600; margin: 16px 0 4px; }
aside p { margin: 4px 0 8px; color: var(--soft); } dl { display: grid; grid-template-columns: auto 1fr; gap: 2px 12px; margin: 8px 0; } dt { color: var(--soft); } dd { margin: 0; overflow-wrap: anywhere; }
ul.list { list-style: none; margin: 0; padding: 0; } ul.list li { padding: 1px 0; overflow-wrap: anywhere; }
a { color: var(--accent); text-decoration: none; cursor: pointer; } a:hover { text-decoration: underline; }
.soft { color: var(--soft); } .num { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
.values { background: var(--bg); border-radius: 8px; padding: 8px 10px; margin: 6px 0; } .values .mono { overflow-wrap: anywhere; }
.bad { color: var(--gone); font-weight: 600; } .good { color: var(--added); }
.page { padding: 20px 24px 60px; max-width: 1500px; } .page p { color: var(--soft); margin: 2px 0 14px; max-width: 70ch; }
table.grid { border-collapse: collapse; width: 100%; background: var(--paper); border-radius: 10px; box-shadow: var(--shade); font-size: 13px; }
.grid th { text-align: left; color: var(--soft); font-weight: 500; padding: 7px 10px; border-bottom: 1px solid var(--line); position: sticky; top: 0; background: var(--paper); white-space: nowrap; }
.grid td { padding: 5px 10px; border-bottom: 1px solid var(--line); vertical-align: top; } .grid tbody tr { cursor: pointer; } .grid tbody tr:hover { background: var(--tint); }
.grid tr.chosen td { background: var(--tint); } .grid th.num { text-align: right; }
.bar { display: block; height: 3px; border-radius: 2px; background: var(--s3); margin-top: 3px; margin-left: auto; } .bar.b { background: var(--s2); }
.cards { display: flex; gap: 10px; flex-wrap: wrap; margin: 0 0 16px; } .card { background: var(--paper); border-radius: 10px; box-shadow: var(--shade); padding: 9px 14px; min-width: 120px; }
.card b { display: block; font-size: 18px; font-weight: 600; font-variant-numeric: tabular-nums; letter-spacing: -.02em; } .card span { color: var(--soft); font-size: 12px; }
.chart { background: var(--paper); border-radius: 10px; box-shadow: var(--shade); display: block; width: 100%; } .chart text { fill: var(--soft); font-size: 11px; } .chart .name { fill: var(--ink); pointer-events: none; }
.chart .grid-line { stroke: var(--line); } .chart rect { stroke-width: 1; cursor: pointer; } .chart .limit { stroke: var(--gone); stroke-dasharray: 5 4; }
.duo { display: grid; grid-template-columns: 1fr 1fr; gap: 18px; align-items: start; } .duo > div { background: var(--paper); border-radius: 10px; box-shadow: var(--shade); padding: 6px; max-height: calc(100vh - 340px); min-height: 220px; overflow: auto; position: relative; }
.row { display: flex; gap: 10px; align-items: baseline; padding: 3px 8px; border-radius: 6px; cursor: pointer; border-left: 3px solid transparent; } .row:hover { background: var(--bg); }
.row .v { margin-left: auto; white-space: nowrap; } .row .k { min-width: 2.4em; text-align: right; } .row.past { color: var(--soft); } .row.now { background: var(--tint); border-left-color: var(--accent); }
.row.idle { opacity: .5; text-decoration: line-through; text-decoration-color: var(--soft); }
.kernel { border: 1px solid var(--line); border-radius: 8px; padding: 6px 10px; margin: 6px 4px; cursor: pointer; } .kernel.now { border-color: var(--accent); background: var(--tint); } .kernel.done { border-left: 3px solid var(--s1); }
.step { display: flex; gap: 8px; align-items: center; margin: 0 0 12px; } .step input { flex: 1; accent-color: var(--accent); }
.verdict { margin: 12px 0; padding: 10px 14px; border-radius: 10px; background: var(--paper); box-shadow: var(--shade); display: grid; grid-template-columns: 1fr 1fr; gap: 4px 18px; min-height: 86px; }
.verdict > div:last-child { grid-column: 1 / 3; color: var(--soft); }
dialog { border: 1px solid var(--line); border-radius: 12px; background: var(--paper); color: var(--ink); padding: 18px 24px; } dialog td { padding: 3px 10px 3px 0; } dialog h2 { margin: 0 0 8px; font-size: 16px; } dialog form { text-align: right; margin-top: 10px; }
kbd { border: 1px solid var(--line); border-bottom-width: 2px; border-radius: 4px; padding: 0 5px; background: var(--bg); }
@media (max-width: 820px) { main { flex-direction: column; } aside { width: auto; max-height: 38vh; border-left: 0; border-top: 1px solid var(--line); } header { flex-wrap: wrap; }
 .search { flex: 1; width: auto; min-width: 120px; } .tools { right: 12px; flex-wrap: wrap; } .page { padding: 14px 12px 40px; }
 #stops { position: relative; padding-top: 18px; } #stops b { display: none; }
 #stops [aria-current=step] b { display: block; position: absolute; inset: 0 0 auto; } .duo, .verdict { grid-template-columns: 1fr; }
 .duo > div { max-height: 44vh; } .verdict > div:last-child { grid-column: 1; } }
)css";

}  // namespace telar::inline TELAR_ABI::io::explorer
