import type { StreamArn } from '../aws/arn.js';
import type { LeaseTable } from '../leases/lease-table.js';
import type { Logger } from '../log/logger.js';
import { type Health, liveness, readiness } from './health.js';
import type { HeldLeases } from './held-leases.js';
import { type Answer, type HttpAddress, HttpServer } from './http-server.js';
import { LeaseView } from './lease-view.js';
import { createRegistry } from './metrics.js';
import { ShardBoard } from './shard-board.js';
import { statusPage } from './status-page.js';
import { WorkerStatus } from './worker-status.js';

export interface MonitoringOptions {
  readonly version: string;
  readonly application: string;
  readonly transport: 'host' | 'multilang';
  readonly streams: readonly [StreamArn, ...StreamArn[]];
  /** What the launcher reports. */
  readonly leases: HeldLeases;
  /** After which a worker that reads nothing of what it should is not ready, in ms. */
  readonly unreadLimitMs: number;
  readLeaseTable(): Promise<LeaseTable | undefined>;
}

/** Health, metrics and the status page of one worker, over HTTP. */
export class Monitoring {
  readonly worker = new WorkerStatus();
  /** What the deliveries report to. */
  readonly board = new ShardBoard();
  /** Set once somebody measures it. */
  eventLoopDelayMs: () => number | undefined = () => undefined;
  readonly #options: MonitoringOptions;
  readonly #leases: LeaseView;
  #server: HttpServer | undefined;
  #assignedAt: number | undefined;

  private constructor(options: MonitoringOptions) {
    this.#options = options;
    this.#leases = new LeaseView(options.readLeaseTable);
  }

  /** @throws EnvironmentError if the address can't be listened on */
  static async open(address: HttpAddress, options: MonitoringOptions, logger: Logger): Promise<Monitoring> {
    const monitoring = new Monitoring(options);
    const { worker, board } = monitoring;
    const registry = createRegistry({
      version: options.version,
      worker,
      tallies: () => board.tallies(),
      durations: () => board.durations(),
      leases: options.leases,
      leasesHeld: () => monitoring.#leasesHeld,
      ready: async () => (await monitoring.#readiness()).ok,
    });
    const routes = {
      '/': () => monitoring.#page(),
      '/livez': async () => healthAnswer(liveness(worker)),
      '/readyz': async () => healthAnswer(await monitoring.#readiness()),
      '/metrics': async () => ({ status: 200, type: registry.contentType, body: await registry.metrics() }),
    };
    monitoring.#server = await HttpServer.listen(address, routes, logger);
    const { host } = address;
    logger.info(
      { host, port: monitoring.#server.port, paths: Object.keys(routes) },
      'health, metrics and status page',
    );
    return monitoring;
  }

  close(): void {
    this.#server?.close();
  }

  async #readiness(): Promise<Health> {
    const { leases, unreadLimitMs: limitMs } = this.#options;
    let assigned = false;
    const assignedMs = () => {
      assigned = true;
      this.#assignedAt ??= performance.now();
      return performance.now() - this.#assignedAt;
    };
    const reading = { leases, processors: this.board.leasesHeld, limitMs, assignedMs };
    const health = await readiness(this.worker, reading, () => this.#leases.get());
    if (!assigned) this.#assignedAt = undefined;
    return health;
  }

  /** The launcher reports within a second; a record processor is here at once. */
  get #leasesHeld(): number {
    return Math.max(this.#options.leases.held.length, this.board.leasesHeld);
  }

  async #page(): Promise<Answer> {
    const { version, application, transport, streams } = this.#options;
    const [leases, ready] = await Promise.all([this.#leases.get(), this.#readiness()]);
    const body = statusPage({
      version,
      application,
      transport,
      streams,
      worker: this.worker,
      live: liveness(this.worker),
      ready,
      tallies: this.board.tallies(),
      leases,
      held: this.#options.leases,
      eventLoopDelayMs: this.eventLoopDelayMs(),
      now: Date.now(),
    });
    return { status: 200, type: 'text/html; charset=utf-8', body };
  }
}

function healthAnswer({ ok, reason }: Health): Answer {
  return { status: ok ? 200 : 503, type: 'application/json', body: `${JSON.stringify({ ok, reason })}\n` };
}
