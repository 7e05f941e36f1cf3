import type { WorkerProcess } from '../../../lab/worker-process.js';

/** The port that a worker with HTTP_PORT=0 has got. */
export async function portOf(consumer: WorkerProcess): Promise<number> {
  const found = () => consumer.log.find(({ paths }) => paths !== undefined)?.port as number | undefined;
  await consumer.until('it listens', () => found() !== undefined);
  return found() as number;
}

export async function ask(port: number, path: string): Promise<{ status: number; text: string }> {
  const response = await fetch(`http://127.0.0.1:${port}${path}`);
  return { status: response.status, text: await response.text() };
}

/** Undefined if nobody answers. */
export async function healthOf(
  port: number,
  path: '/livez' | '/readyz',
): Promise<{ status: number; ok: boolean; reason: string } | undefined> {
  try {
    const { status, text } = await ask(port, path);
    return { status, ...(JSON.parse(text) as { ok: boolean; reason: string }) };
  } catch {
    return undefined;
  }
}

/** The sum of the samples whose line begins so, without the prefix of all names. */
export function metricSum(text: string, name: string): number {
  const start = `cross_account_kcl_${name}`;
  const lines = text
    .split('\n')
    .filter((line) => line.startsWith(start) && !/^\w/.test(line.slice(start.length)));
  if (lines.length === 0) throw new Error(`no metric ${start}`);
  return lines.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' '))), 0);
}
