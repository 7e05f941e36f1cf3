import type { StreamArn } from '../aws/arn.js';
import { leaseStatus } from '../leases/lease-status.js';
import { SHARD_END } from '../leases/lease-table.js';
import { durationText } from './duration-text.js';
import type { Health } from './health.js';
import { failureText, type HeldLeases } from './held-leases.js';
import { type Html, html } from './html.js';
import { lagPlot, PLOT_MINUTES } from './lag-plot.js';
import { isDeleted, type LeaseSnapshot } from './lease-view.js';
import { PAGE_STYLE } from './page-style.js';
import { type ShardRow, shardRows } from './shard-rows.js';
import type { ShardTally } from './shard-tally.js';
import type { WorkerStatus } from './worker-status.js';

const REFRESH_S = 5;

export interface PageFacts {
  readonly version: string;
  readonly application: string;
  readonly transport: 'host' | 'multilang';
  readonly streams: readonly [StreamArn, ...StreamArn[]];
  readonly worker: WorkerStatus;
  readonly live: Health;
  readonly ready: Health;
  readonly tallies: readonly ShardTally[];
  readonly leases: Omit<LeaseSnapshot, 'renewals'>;
  /** What KCL holds here. */
  readonly held: HeldLeases;
  /** The longest that the event loop was late in the last seconds, in ms; undefined if nobody measures it. */
  readonly eventLoopDelayMs: number | undefined;
  /** In ms since 1970. */
  readonly now: number;
}

/** The status page: everything in one answer, nothing to load, and no script. */
export function statusPage(facts: PageFacts): string {
  const { application, version } = facts;
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="refresh" content="${REFRESH_S}">
<meta name="color-scheme" content="light dark">
<link rel="icon" href="data:,">
<title>${application}</title>
<style>${PAGE_STYLE}</style>
</head>
<body>
<main>
<h1>${application}</h1>
${summary(facts)}
${leaseNote(facts)}
${shards(facts)}
${workers(facts)}
</main>
<footer>cross-account-kcl ${version} · at ${clock(facts.now)} · again every ${REFRESH_S} s ·
<a href="/metrics">metrics</a> <a href="/livez">livez</a> <a href="/readyz">readyz</a></footer>
</body>
</html>
`;
  return page.text;
}

function summary({ worker, live, ready, streams, eventLoopDelayMs, transport, now }: PageFacts): Html {
  const health = (name: string, { ok, reason }: Health) =>
    html`<div><dt>${name}</dt><dd><b class="${ok ? 'good' : 'bad'}">${ok ? 'yes' : 'no'}</b> ${reason}</dd></div>`;
  const fact = (name: string, value: Html | string | undefined) =>
    value === undefined ? undefined : html`<div><dt>${name}</dt><dd>${value}</dd></div>`;
  const wide = (name: string, value: Html) => html`<div class="wide"><dt>${name}</dt><dd>${value}</dd></div>`;
  const delay =
    eventLoopDelayMs === undefined ? undefined : `late by ${Math.round(eventLoopDelayMs)} ms at most`;
  return html`<dl>
${health('Alive', live)}
${health('Ready', ready)}
${fact('Worker', html`<code>${worker.id ?? 'has no name before KCL has started'}</code>`)}
${fact('Up for', durationText(now - worker.startedAt))}
${fact('Event loop', delay)}
${fact('Transport', transport === 'host' ? 'host' : 'multilang: each shard has a process of its own, so what they count is not here')}
${wide(streams.length === 1 ? 'Stream' : 'Streams', html`${streams.map(({ arn }) => html`<code>${arn}</code> `)}`)}
</dl>`;
}

function leaseNote({ leases, worker, now }: PageFacts): Html | undefined {
  const { error, readAt, table } = leases;
  if (error !== undefined) {
    const age =
      readAt === undefined ? 'Owners are not known.' : `What is shown is ${durationText(now - readAt)} old.`;
    return html`<p class="note"><b class="bad">The lease table can't be read.</b> ${age} ${error}</p>`;
  }
  if (readAt === undefined)
    return html`<p class="note">The lease table has not answered yet: owners are not known.</p>`;
  const unread = table?.former?.filter((former) => former.error !== undefined) ?? [];
  const maybe = unread.find(({ found }) => !found);
  if (maybe) {
    return html`<p class="note">Whether there is a table ${maybe.name} of KCL 3.0 to 3.4 is unknown: ${maybe.error}</p>`;
  }
  if (unread.length > 0) {
    const names = unread.map(({ name }) => name).join(', ');
    return html`<p class="note"><b class="bad">Reports of workers may be missing.</b> ${names} can't be read: ${unread[0]?.error}</p>`;
  }
  if (table !== undefined) return undefined;
  return isDeleted(leases, worker.kclStartedAt)
    ? html`<p class="note"><b class="bad">The lease table does not exist any more.</b> It was deleted while the worker ran.</p>`
    : html`<p class="note">There is no lease table yet.</p>`;
}

function shards(facts: PageFacts): Html {
  const { tallies, leases, streams, held } = facts;
  const rows = shardRows(tallies, leases.table?.leases ?? [], streams, held.held);
  const ended = leases.table === undefined ? 0 : leaseStatus(leases.table).ended;
  const open = rows.length === 0 ? html`<p class="note">No shard is known yet.</p>` : table(rows, facts);
  return html`<h2>Shards</h2>
${open}
${ended === 0 ? undefined : html`<p class="note">${ended} ${ended === 1 ? 'shard is' : 'shards are'} read to the end.</p>`}`;
}

function table(rows: readonly ShardRow[], facts: PageFacts): Html {
  const head = [
    'Shard',
    'State',
    'Behind',
    `Last ${PLOT_MINUTES} minutes`,
    'Handled',
    'Checkpoint',
    'Last error',
  ];
  return html`<table class="shards">
<thead><tr>${head.map((name) => html`<th scope="col">${name}</th>`)}</tr></thead>
<tbody>
${rows.map((row) => tableRow(row, head, facts))}
</tbody>
</table>`;
}

function tableRow(row: ShardRow, head: readonly string[], facts: PageFacts): Html {
  const { tally } = row;
  const { now, streams } = facts;
  // While it is not read the last figure is out of date.
  const isKnown = tally?.left === undefined && row.held?.state !== 'not read';
  const behind = isKnown ? tally?.millisBehindLatest : undefined;
  const where =
    streams.length > 1 || row.stream !== streams[0].arn ? html`<small>${row.stream}</small>` : undefined;
  const label = `how far ${row.shard} was behind in the last ${PLOT_MINUTES} minutes`;
  const cells = [
    html`<code class="short">${row.shard}</code>${where}`,
    state(row, facts),
    behind === undefined ? '–' : behindText(behind),
    tally === undefined ? '–' : lag(tally, label, now),
    tally === undefined ? '–' : html`${tally.handled.toLocaleString('en')}${failures(tally)}`,
    checkpoint(row, now),
    lastError(row, now),
  ];
  return html`<tr>${cells.map((cell, index) => html`<td data-label="${head[index]}">${cell}</td>`)}</tr>
`;
}

function lag(tally: ShardTally, label: string, now: number): Html {
  const points = tally.lag.points(now);
  const most = Math.max(0, ...points.map((point) => point ?? 0));
  return html`${lagPlot(points, label)}<small>${behindText(most)} at most</small>`;
}

function behindText(ms: number): string {
  return ms < 1000 ? `${ms} ms` : durationText(ms);
}

function failures({ attemptsFailed, exhausted: { stopped, skipped, sent } }: ShardTally): Html | undefined {
  const parts = [
    attemptsFailed > 0
      ? `${attemptsFailed} ${attemptsFailed === 1 ? 'attempt' : 'attempts'} failed`
      : undefined,
    skipped > 0 ? `${skipped} skipped` : undefined,
    sent > 0 ? `${sent} sent on` : undefined,
    stopped > 0 ? 'stopped at one' : undefined,
  ].filter((part) => part !== undefined);
  return parts.length === 0 ? undefined : html`<small class="bad">${parts.join(', ')}</small>`;
}

function state({ tally, lease, held }: ShardRow, { worker, now, held: leases }: PageFacts): Html {
  if (held?.state === 'not read') {
    const ms = leases.unreadMs(held) ?? 0;
    return html`<b class="bad">held here, not read</b><small>for ${durationText(ms)}</small>`;
  }
  if (held?.state === 'waits for its parents') return html`held here<small>${held.state}</small>`;
  if (held?.state === 'read' || (tally !== undefined && tally.left === undefined))
    return html`<b class="good">read here</b>`;
  const owner = lease?.owner;
  const left =
    tally?.left && html`<small>${tally.left.reason}, ${durationText(now - tally.left.at)} ago</small>`;
  if (lease?.checkpoint === SHARD_END) return html`read to its end${left}`;
  if (owner === undefined)
    return html`<b class="${lease === undefined ? '' : 'bad'}">${lease === undefined ? 'not here' : 'no owner'}</b>${left}`;
  return owner === worker.id
    ? html`<b class="good">this worker</b>${left}`
    : html`other worker<small><code>${owner}</code></small>${left}`;
}

function checkpoint({ tally, lease }: ShardRow, now: number): Html | string {
  const at = tally?.lastCheckpointAt;
  const position =
    lease === undefined
      ? undefined
      : html`<small><code class="short">${shortened(lease.checkpoint)}</code></small>`;
  if (at === undefined) return position ?? '–';
  return html`${durationText(now - at)} ago${position}`;
}

/** Sequence numbers of a shard begin alike. */
function shortened(position: string): string {
  return position.length > 20 ? `…${position.slice(-12)}` : position;
}

function lastError({ tally, held }: ShardRow, now: number): Html | string {
  if (held?.failure !== undefined) {
    const { count, since } = held.failure;
    const times = count === 1 ? 'once' : `${count} times in ${durationText(now - since)}`;
    return html`<span class="error">${failureText(held.failure)}</span><small>${times}</small>`;
  }
  if (tally?.lastError === undefined) return '–';
  const { at, text } = tally.lastError;
  return html`<span class="error">${text}</span><small>${durationText(now - at)} ago</small>`;
}

function workers({ leases: { table }, worker, now }: PageFacts): Html | undefined {
  const known = table === undefined ? [] : leaseStatus(table).workers;
  if (known.length === 0) return undefined;
  const rows = known.map(({ id, leader, leases, reportedAt: at }) => {
    const marks = [id === worker.id ? 'this one' : '', leader ? 'leader' : ''].filter(Boolean);
    const cells: [string, Html | string | number][] = [
      [
        'Worker',
        html`<code>${id}</code>${marks.length === 0 ? undefined : html`<small>${marks.join(', ')}</small>`}`,
      ],
      ['Leases', leases],
      ['Reported', at === undefined ? '–' : `${durationText(now - at * 1000)} ago`],
    ];
    return html`<tr>${cells.map(([name, cell]) => html`<td data-label="${name}">${cell}</td>`)}</tr>
`;
  });
  return html`<h2>Workers</h2>
<table>
<thead><tr><th scope="col">Worker</th><th scope="col">Leases</th><th scope="col">Reported</th></tr></thead>
<tbody>
${rows}
</tbody>
</table>`;
}

function clock(ms: number): string {
  return new Date(ms).toISOString().replace(/\.\d+Z$/, 'Z');
}
