import { KIB, SIZES, type Transport } from '../../bench/transport/measure.js';
import { type CaseResult, ratiosTable } from '../../bench/transport/tables.js';

function result(transport: Transport, shards: number, sizes: typeof SIZES, cpu: number): CaseResult {
  const load = { senderCpuPerGB: cpu, receiverCpuPerGB: cpu / 2, megabytesPerSecond: 1 };
  const measured = { initializedMs: 1, idleMiB: 1, loadedMiB: cpu, loads: sizes.map(() => load) };
  return { case: { transport, shards }, sizes, measured };
}

test('ratios are of as many shards and the same size, where both were measured', () => {
  const { rows } = ratiosTable([
    result('record', 1, [KIB], 2),
    result('stock', 1, SIZES, 8),
    result('batch', 16, SIZES, 1),
    result('record', 64, [KIB], 1),
  ]);
  expect(rows).toEqual([
    { name: 'host, record by record, 1 shard : stock', cells: [1024, 0.25, 0.25, 0.25] },
  ]);
});
