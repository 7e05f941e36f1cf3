import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { LineProcess } from '../line-process.js';
import { ProcessTree } from '../process-tree.js';
import type { Sender } from './compile-sender.js';

/** `record` and `batch`: the host, with a handler for each record, or for all of a batch. */
export type Transport = 'record' | 'batch' | 'stock';

export interface Size {
  name: string;
  bytes: number;
  records: number;
}

export const KIB: Size = { name: '1 KiB', bytes: 1024, records: 1_000 };

/** Batches of about 1 MiB, as KCL would hand over of a shard that is behind. */
export const SIZES: readonly Size[] = [
  { name: '100 B', bytes: 100, records: 10_000 },
  KIB,
  { name: '256 KiB', bytes: 256 * 1024, records: 4 },
];

export interface Times {
  /** Once: both ends' compilers have most of their work in the first seconds. */
  warmUpMs: number;
  /** For each size, before it is measured. */
  settleMs: number;
  measuredMs: number;
}

export interface Load {
  senderCpuPerGB: number;
  receiverCpuPerGB: number;
  megabytesPerSecond: number;
}

export interface Measured {
  initializedMs: number;
  idleMiB: number;
  loadedMiB: number;
  /** One for each of the sizes that were asked for. */
  loads: Load[];
}

const programOf = (name: string) => fileURLToPath(new URL(name, import.meta.url));

let sockets = 0;

export async function measure(
  sender: Sender,
  transport: Transport,
  shards: number,
  times: Times,
  sizes: readonly Size[] = SIZES,
): Promise<Measured> {
  if (transport === 'stock') {
    const target = `${process.execPath} ${programOf('stock-child.js')}`;
    const java = new LineProcess('the sender', 'java', [...sender.args, 'stock', target, String(shards)]);
    return ended(java, () => measured(java, undefined, times, sizes));
  }
  const socket = join(sender.folder, `${++sockets}.sock`);
  const node = new LineProcess('the host', process.execPath, [programOf('host.js'), socket, transport]);
  return ended(node, async () => {
    await node.answer('listening');
    const java = new LineProcess('the sender', 'java', [...sender.args, 'host', socket, String(shards)]);
    return ended(java, () => measured(java, node, times, sizes));
  });
}

/** As `await using`, which Node.js 20 lacks; what went wrong first is told first. */
async function ended<T>(process: LineProcess, use: () => Promise<T>): Promise<T> {
  const result = await use().catch(async (error: unknown) => {
    await process.end().catch(() => {});
    throw error;
  });
  await process.end();
  return result;
}

/** @param node the one process that receives; otherwise the sender's children do */
async function measured(
  java: LineProcess,
  node: LineProcess | undefined,
  times: Times,
  sizes: readonly Size[],
): Promise<Measured> {
  const tree = new ProcessTree(java.pid);
  const cpu = () => {
    const sender = tree.cpuSeconds(java.pid);
    return { sender, receiver: node ? new ProcessTree(node.pid).cpuSeconds() : tree.cpuSeconds() - sender };
  };
  const memory = () => (node ? new ProcessTree(node.pid).pssMiB() : tree.pssMiB() - tree.pssMiB(java.pid));
  const send = async (records: number, bytes: number, ms: number) => {
    java.tell(`send ${records} ${bytes} ${ms}`);
    return (await java.answer('sent')).map(Number) as [number, number];
  };

  java.tell('initialize');
  const [initialized] = await java.answer('initialized');
  const result: Measured = {
    initializedMs: Number(initialized),
    idleMiB: memory(),
    loadedMiB: 0,
    loads: [],
  };
  const [smallest = KIB] = sizes;
  await send(smallest.records, smallest.bytes, times.warmUpMs);
  for (const { records, bytes } of sizes) {
    await send(records, bytes, times.settleMs);
    const before = cpu();
    const [sent, ms] = await send(records, bytes, times.measuredMs);
    const after = cpu();
    result.loads.push({
      senderCpuPerGB: ((after.sender - before.sender) * 1e9) / sent,
      receiverCpuPerGB: ((after.receiver - before.receiver) * 1e9) / sent,
      megabytesPerSecond: sent / ms / 1_000,
    });
    result.loadedMiB = Math.max(result.loadedMiB, memory());
  }
  return result;
}
