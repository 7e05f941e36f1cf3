import type { StreamArn } from '../aws/arn.js';
import type { CheckId } from '../preflight/check.js';
import type { CheckReport, PreflightReport } from '../preflight/report.js';

const ID: CheckId = 'subscribe';
const PROVEN = 'it passed in an earlier round';

/** The streams that a round has subscribed to: no later round subscribes again, which could take the shard from a reader. */
export class ProvenSubscriptions {
  /** By the stream's ARN; by nothing where the report is of one stream. */
  readonly #passed = new Map<string, CheckReport>();

  /** Why not to subscribe. */
  leaveOut({ arn }: StreamArn): string | undefined {
    return this.#passed.has(arn) || this.#passed.has('') ? PROVEN : undefined;
  }

  /** The report of a round, with what earlier rounds have proven. */
  keep(report: PreflightReport): PreflightReport {
    const checks = report.checks.map((check) => {
      const { id, status, message, stream = '' } = check;
      if (id !== ID) return check;
      if (status === 'passed') this.#passed.set(stream, check);
      return message === PROVEN ? (this.#passed.get(stream) ?? check) : check;
    });
    return { ...report, checks };
  }
}
