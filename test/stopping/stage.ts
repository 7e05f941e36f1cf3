import { setTimeout as sleep } from 'node:timers/promises';
import { ListTablesCommand } from '@aws-sdk/client-dynamodb';
import type { Door, GateCall } from '../../lab/gate/gate.js';
import { type Lab, putRecords, type RecordToPut } from '../../lab/lab.js';
import { type LogEntry, WorkerProcess } from '../../lab/worker-process.js';
import { tableLookup } from '../../src/leases/lookup.js';
import type { Env } from '../faults/helpers/fleet-worker.js';
import { SharedStream } from '../faults/helpers/shared-stream.js';
import type { Placed } from '../faults/judge.js';

const PATIENCE_MS = 120_000;
/** Leases move within seconds. */
const QUICK: Env = {
  KCL_FAILOVER_TIME_MILLIS: '4000',
  LEASE_ASSIGNMENT_INTERVAL_MILLIS: '1000',
  VARIANCE_BALANCING_FREQUENCY: '2',
};

export interface LeaseItem {
  readonly shard: string;
  readonly owner: string | undefined;
  /** The worker that is about to hand the lease over. */
  readonly checkpointOwner: string | undefined;
  readonly checkpoint: string;
}

/** A stream of the owner's, doors of its own to the services, and the workers of one application. */
export class Stage {
  readonly stream: SharedStream;
  readonly kinesis: Door;
  readonly dynamodb: Door;
  /** What was asked at the doors, in order. */
  readonly calls: GateCall[] = [];
  readonly workers: WorkerProcess[] = [];
  readonly put: Placed[] = [];
  readonly lab: Lab;

  private constructor(lab: Lab, stream: SharedStream, kinesis: Door, dynamodb: Door) {
    this.lab = lab;
    this.stream = stream;
    this.kinesis = kinesis;
    this.dynamodb = dynamodb;
    for (const door of [kinesis, dynamodb]) {
      door.disturb((call) => {
        this.calls.push(call);
        return undefined;
      });
    }
  }

  static async open(lab: Lab, shards: number, fanOut: boolean): Promise<Stage> {
    const stream = await SharedStream.create(lab, {
      shards,
      fanOut,
      encrypted: false,
      failureQueue: false,
    });
    return new Stage(lab, stream, await lab.gate.addDoor(), await lab.gate.addDoor());
  }

  async putAlso(records: readonly RecordToPut[]): Promise<void> {
    const placed = await putRecords(this.lab.owner, this.stream.arn, records);
    this.put.push(...placed.map(({ shardId, sequenceNumber }) => ({ shard: shardId, sequenceNumber })));
  }

  /** A worker that names itself so in the lease table. */
  start(name: string, env: Env): WorkerProcess {
    const worker = new WorkerProcess(this.lab, {
      env: {
        ...QUICK,
        ...this.stream.env,
        KINESIS_ENDPOINT: this.kinesis.endpoint,
        DYNAMO_DB_ENDPOINT: this.dynamodb.endpoint,
        AWS_ENDPOINT_URL: this.lab.gate.endpoint,
        KCL_WORKER_IDENTIFIER: name,
        ...env,
      },
    });
    this.workers.push(worker);
    return worker;
  }

  /** What all workers have handled, in each worker's order. */
  get handled(): Placed[] {
    return this.workers.flatMap(({ ledger }) => ledger);
  }

  async untilAllHandled(): Promise<void> {
    await this.until('all records are handled', () => {
      const handled = new Set(this.handled.map(keyOf));
      return this.put.every((record) => handled.has(keyOf(record)));
    });
  }

  /** @throws Error with the ends of the logs if it does not come about within two minutes */
  async until(what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
    const deadline = Date.now() + PATIENCE_MS;
    while (!(await holds())) {
      if (Date.now() > deadline) throw new Error(`${what}: not within ${PATIENCE_MS / 1000} s\n${this.logs}`);
      await sleep(20);
    }
  }

  get logs(): string {
    return this.workers
      .map(({ stderr, log }) => [stderr, ...log.slice(-200).map(shortened)].join('\n'))
      .join('\n\n');
  }

  async leases(): Promise<LeaseItem[]> {
    const table = this.stream.application;
    const { TableNames = [] } = await this.lab.reader.dynamodb.send(new ListTablesCommand({}));
    if (!TableNames.includes(table)) return [];
    const items = await tableLookup(this.lab.reader.dynamodb, table).items();
    return items
      .filter(({ entityType }) => (entityType?.S ?? 'LEASE') === 'LEASE')
      .map((item) => ({
        shard: item.leaseKey?.S ?? '',
        owner: item.leaseOwner?.S,
        checkpointOwner: item.checkpointOwner?.S,
        checkpoint: item.checkpoint?.S ?? '',
      }));
  }

  async dispose(): Promise<void> {
    for (const worker of this.workers) await worker.dispose();
    for (const door of [this.kinesis, this.dynamodb]) await door.shut();
  }
}

const keyOf = ({ shard, sequenceNumber }: Placed) => `${shard} ${sequenceNumber}`;

function shortened({ time, level, shard, msg, err }: LogEntry): string {
  const stack = String((err as { stack?: string } | undefined)?.stack ?? '').split('\n', 1);
  return [time, level, shard, msg, ...stack].filter(Boolean).join(' ');
}
