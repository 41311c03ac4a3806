// SPDX-License-Identifier: BSL-1.0
// The page's elements. The scripts fill them.
#pragma once
#include <telar/core/config.hpp>

#include <string_view>

namespace telar::inline TELAR_ABI::io::explorer {

inline constexpr std::string_view markup = R"html(<body>
<header>
<h1 id="title"></h1>
<nav role="tablist" aria-label="Views">
<button role="tab" data-view="graph" title="Graph (1)">Graph</button>
<button role="tab" data-view="kernels" title="Kernels (2)">Kernels</button>
<button role="tab" data-view="memory" title="Memory (3)">Memory</button>
<button role="tab" data-view="steps" title="Eager and lazy (4)">Eager | lazy</button>
</nav>
<select id="program" aria-label="Program"></select>
<div class="search">
<input id="search" type="search" placeholder="Search a name, an operation, a shape" aria-label="Search" autocomplete="off"
 spellcheck="false" role="combobox" aria-expanded="false" aria-controls="hits">
<ul id="hits" role="listbox" hidden></ul>
</div>
<button id="theme" class="icon" title="Dark or light (t)" aria-label="Dark or light">&#9680;</button>
<button id="help" class="icon" title="Keys (?)" aria-label="Keys">?</button>
</header>
<section id="passes" aria-label="Passes of the compiler">
<ol id="stops"></ol>
<input id="slider" type="range" min="0" step="1" aria-label="Pass">
</section>
<main>
<div class="views">
<div id="graph" class="view">
<svg id="canvas" tabindex="0" role="application" aria-label="Graph">
<defs><marker id="tip" orient="auto" markerUnits="userSpaceOnUse" markerWidth="7" markerHeight="7" refX="6" refY="3.5"><path d="M0 .8L6.4 3.5L0 6.2z"/></marker></defs>
<g id="world"></g>
</svg>
<div class="tools" role="toolbar" aria-label="Graph">
<button data-do="open" title="Open all boxes (e)">Open all</button>
<button data-do="close" title="Close all boxes (c)">Close all</button>
<select id="grouping" aria-label="Boxes"><option value="auto">boxes: by pass</option><option value="name">boxes: names</option>
<option value="kernel">boxes: kernels</option><option value="none">no boxes</option></select>
<label title="Numbers as nodes of their own (n)"><input id="numbers" type="checkbox"> numbers</label>
<span class="gap"></span>
<button data-do="out" title="Smaller (-)" aria-label="Smaller">&minus;</button>
<button data-do="in" title="Larger (+)" aria-label="Larger">+</button>
<button data-do="fit" title="Fit (f)">Fit</button>
</div>
<div id="legend"></div>
</div>
<div id="kernels" class="view" hidden></div>
<div id="memory" class="view" hidden></div>
<div id="steps" class="view" hidden></div>
</div>
<aside id="panel" aria-label="Details" aria-live="polite"></aside>
</main>
<dialog id="keys">
<h2>Keys</h2>
<table>
<tr><td><kbd>&larr;</kbd> <kbd>&rarr;</kbd></td><td>the pass before, the next; in Eager | lazy the step</td></tr>
<tr><td><kbd>&uarr;</kbd> <kbd>&darr;</kbd></td><td>from a node to what it reads, to what reads it</td></tr>
<tr><td><kbd>Enter</kbd></td><td>open or close the box</td></tr>
<tr><td><kbd>/</kbd></td><td>search; <kbd>Enter</kbd> goes to the next hit</td></tr>
<tr><td><kbd>e</kbd> <kbd>c</kbd></td><td>open all boxes, close all</td></tr>
<tr><td><kbd>+</kbd> <kbd>&minus;</kbd> <kbd>f</kbd></td><td>larger, smaller, fit; the wheel and dragging do it, too</td></tr>
<tr><td><kbd>1</kbd> &hellip; <kbd>4</kbd></td><td>graph, kernels, memory, eager and lazy</td></tr>
<tr><td><kbd>n</kbd> <kbd>t</kbd></td><td>numbers as nodes; dark or light</td></tr>
<tr><td><kbd>Esc</kbd></td><td>nothing is chosen</td></tr>
</table>
<form method="dialog"><button>Close</button></form>
</dialog>
)html";

}  // namespace telar::inline TELAR_ABI::io::explorer
