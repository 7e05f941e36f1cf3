import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from '../../lab/project-root.js';
import { HeldLeases } from '../../src/monitoring/held-leases.js';
import { createRegistry } from '../../src/monitoring/metrics.js';
import { WorkerStatus } from '../../src/monitoring/worker-status.js';

const read = (file: string) => readFileSync(join(projectRoot, 'docs', file), 'utf8');

/** Names and types of our metrics, as they are scraped. */
async function metrics(): Promise<Map<string, string>> {
  const worker = new WorkerStatus();
  const registry = createRegistry({
    version: '1',
    worker,
    tallies: () => [],
    durations: () => [],
    leases: new HeldLeases(),
    leasesHeld: () => 0,
    ready: async () => true,
  });
  const text = await registry.metrics();
  return new Map(
    [...text.matchAll(/^# TYPE (\w+) (\w+)$/gm)].map(([, name = '', type = '']) => [name, type]),
  );
}

test('docs/operation.md has every metric with its type, and no other', async () => {
  const rows = [...read('operation.md').matchAll(/^\| `(cross_account_kcl_\w+)` \| (\w+) \|/gm)];
  const ours = [...(await metrics())].filter(([name]) => name.startsWith('cross_account_kcl_'));

  expect(new Map(rows.map(([, name = '', type = '']) => [name, type]))).toEqual(new Map(ours));
});

test('the alerts are of metrics that there are', async () => {
  const known = await metrics();
  const used = read('prometheus-alerts.yaml').match(/\b(cross_account_kcl|nodejs|process)_\w+/g) ?? [];

  expect(used.length).toBeGreaterThan(6);
  for (const name of used) expect([...known.keys()]).toContain(name.replace(/_(bucket|sum|count)$/, ''));
});
