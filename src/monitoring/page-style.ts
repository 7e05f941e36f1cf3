import { Html } from './html.js';

/** The status page's style: light and dark, and below 45 em a table's rows become cards. */
export const PAGE_STYLE = new Html(`
:root { --text: #1b1f24; --soft: #59636e; --line: #d5dae0; --back: #fff; --card: #f6f8fa; --good: #1a7f37; --bad: #c5221f; --plot: #2f6feb; --paper: #eaeef2; }
@media (prefers-color-scheme: dark) {
  :root { --text: #e6edf3; --soft: #9aa4af; --line: #30363d; --back: #0d1117; --card: #161b22; --good: #3fb950; --bad: #ff7b72; --plot: #6ea8fe; --paper: #21262d; }
}
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 80rem; padding: 1.25rem; color: var(--text); background: var(--back); font: 15px/1.45 system-ui, sans-serif; }
h1 { font-size: 1.35rem; margin: 0 0 .75rem; overflow-wrap: anywhere; }
h2 { font-size: 1.05rem; margin: 1.5rem 0 .5rem; }
dl { display: grid; grid-template-columns: repeat(auto-fit, minmax(17rem, 1fr)); gap: .6rem 1.5rem; margin: 0; padding: .9rem 1rem; background: var(--card); border: 1px solid var(--line); border-radius: 8px; }
dl .wide { grid-column: 1 / -1; }
dt { color: var(--soft); font-size: .8rem; }
dd { margin: 0; overflow-wrap: anywhere; }
code { font: .86em ui-monospace, monospace; }
.short { white-space: nowrap; }
small { display: block; color: var(--soft); font-size: .8rem; overflow-wrap: anywhere; }
.good { color: var(--good); }
.bad { color: var(--bad); }
.note { margin: .75rem 0; overflow-wrap: anywhere; }
table { width: 100%; border-collapse: collapse; }
th { text-align: left; font-weight: 600; font-size: .8rem; color: var(--soft); }
th, td { padding: .45rem .6rem .45rem 0; border-bottom: 1px solid var(--line); vertical-align: top; }
td:last-child, th:last-child { padding-right: 0; }
svg { display: block; width: 11rem; height: 1.75rem; background: var(--paper); }
path { fill: var(--plot); }
.error { display: -webkit-box; -webkit-box-orient: vertical; -webkit-line-clamp: 4; overflow: hidden; overflow-wrap: anywhere; max-width: 22rem; color: var(--bad); }
footer { margin-top: 1.5rem; color: var(--soft); font-size: .8rem; }
a { color: inherit; }
@media (max-width: 45em) {
  body { padding: .8rem; }
  thead { display: none; }
  table, tbody { display: block; }
  tr { display: block; padding: .5rem .75rem; margin-bottom: .75rem; background: var(--card); border: 1px solid var(--line); border-radius: 8px; }
  td { display: grid; grid-template-columns: 6.5rem 1fr; gap: 0 .75rem; padding: .2rem 0; border: 0; }
  td::before { content: attr(data-label); grid-row: span 9; color: var(--soft); font-size: .8rem; }
  td > * { grid-column: 2; }
  svg { width: 100%; }
}
`);
