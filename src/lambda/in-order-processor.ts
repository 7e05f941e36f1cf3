import { BasePartialBatchProcessor, EventType } from '@aws-lambda-powertools/batch';
import type {
  EventSourceDataClassTypes,
  FailureResponse,
  SuccessResponse,
} from '@aws-lambda-powertools/batch/types';
import type { KinesisStreamRecord } from 'aws-lambda';

/** Which of a batch's records are handled, and why the one behind them is not. */
export interface Handled {
  /** So many, from the first on. */
  readonly records: number;
  readonly error: unknown;
}

/**
 * Powertools' batch processor of a Kinesis batch whose records are handled one after the other, up to the first that
 * fails (docs/decisions/0014).
 */
export class InOrderProcessor extends BasePartialBatchProcessor {
  constructor() {
    super(EventType.KinesisDataStreams);
  }

  /** The registered handler gets the whole batch. */
  override async process(): Promise<(SuccessResponse | FailureResponse)[]> {
    this.prepare();
    const records = this.records as KinesisStreamRecord[];
    const handled: Handled = await this.handler(records);
    const results: (SuccessResponse | FailureResponse)[] = records
      .slice(0, handled.records)
      .map((record) => this.successHandler(record, undefined));
    const failed = records[handled.records];
    if (failed !== undefined) {
      const { error } = handled;
      results.push(this.failureHandler(failed, error instanceof Error ? error : new Error(String(error))));
    }
    this.clean();
    return results;
  }

  processRecord(_record: EventSourceDataClassTypes): Promise<never> {
    return Promise.reject(new TypeError('records are handled as a batch'));
  }

  processRecordSync(_record: EventSourceDataClassTypes): never {
    throw new TypeError('records are handled as a batch');
  }
}
