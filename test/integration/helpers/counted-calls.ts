import type { Door } from '../../../lab/gate/gate.js';
import type { Lab } from '../../../lab/lab.js';
import { throughGate } from './gate.js';

/** By operation, and how long it took: from the first call to when they were taken. */
export interface Counts {
  readonly counts: Record<string, number>;
  readonly seconds: number;
}

/** The calls of AWS that one worker makes, through a door of the gate that only it uses. */
export interface CountedCalls {
  /** For the worker. */
  readonly env: Record<string, string>;
  /** Of a lease: writes of its item, which are checkpoints too. */
  renewals(leaseKey: string): number;
  /** Since it was last called, or since the beginning. */
  take(): Counts;
}

export async function countCalls(lab: Lab, streamArn: string): Promise<CountedCalls> {
  const door: Door = await lab.gate.addDoor();
  let counts: Record<string, number> = {};
  const renewed: Record<string, number> = {};
  let began: number | undefined;
  door.disturb(({ operation, fields }) => {
    began ??= performance.now();
    counts[operation] = (counts[operation] ?? 0) + 1;
    const { Key } = fields as { Key?: { leaseKey?: { S?: string } } };
    const key = Key?.leaseKey?.S;
    if (operation === 'UpdateItem' && key !== undefined) renewed[key] = (renewed[key] ?? 0) + 1;
    return undefined;
  });
  return {
    env: {
      ...(await throughGate(lab, streamArn)),
      KINESIS_ENDPOINT: door.endpoint,
      DYNAMO_DB_ENDPOINT: door.endpoint,
    },
    renewals: (leaseKey) => renewed[leaseKey] ?? 0,
    take() {
      const taken = { counts, seconds: began === undefined ? 0 : (performance.now() - began) / 1000 };
      counts = {};
      began = undefined;
      return taken;
    },
  };
}
