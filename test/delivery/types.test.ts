import type {
  BatchHandler,
  BatchResult,
  KinesisRecord,
  ProcessorCheckpointer,
  RecordContext,
  RecordHandler,
  RecordProcessor,
  StreamArn,
} from '../../src/index.js';

/** Fails to compile unless both are the same type. */
type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
function same<A, B>(_: Same<A, B>): void {}

// tsc is what checks these: a contract that changes does not compile any more.
test('the contracts of handlers', () => {
  same<RecordContext['stream'], StreamArn>(true);
  same<RecordContext['account'], string>(true);
  same<RecordContext['shard'], string>(true);
  same<RecordContext['attempt'], number>(true);
  same<RecordContext['signal'], AbortSignal>(true);
  same<RecordContext['millisBehindLatest'], number | undefined>(true);
  same<KinesisRecord['data'], Buffer>(true);
  same<KinesisRecord['subSequenceNumber'], number>(true);
  same<Parameters<RecordHandler>, [record: KinesisRecord, context: RecordContext]>(true);
  same<Parameters<BatchHandler>, [records: readonly KinesisRecord[], context: RecordContext]>(true);
  same<BatchResult['failures'][number]['record'], KinesisRecord>(true);

  const accepted = [
    (() => {}) satisfies RecordHandler,
    (async (record, { logger, signal }) => {
      signal.throwIfAborted();
      logger.info({ bytes: record.data.length });
    }) satisfies RecordHandler,
    (async () => {}) satisfies BatchHandler,
    (async (records) => ({
      failures: records.map((record) => ({ record, error: new Error('x') })),
    })) satisfies BatchHandler,
    ((records) => ({ failures: records.map((record) => ({ record })) })) satisfies BatchHandler,
  ];
  expect(accepted).toHaveLength(5);

  const processors: RecordProcessor[] = [
    // As programs for aws-kcl are written.
    {
      initialize(_input, done) {
        done();
      },
      processRecords({ records, checkpointer }, done) {
        checkpointer.checkpoint(records.at(-1)?.sequenceNumber ?? '', (error) => done(error));
      },
      leaseLost(_input, done) {
        done();
      },
      shardEnded({ checkpointer }, done) {
        checkpointer.checkpoint(done);
      },
      shutdownRequested({ checkpointer }, done) {
        checkpointer.checkpoint(done);
      },
    },
    { async processRecords() {}, async shardEnded() {} },
  ];
  expect(processors).toHaveLength(2);
});

test('what the contracts refuse', () => {
  // @ts-expect-error a handler of records takes a record
  const ofAText: RecordHandler = (_record: string) => {};
  const writing: RecordHandler = (record) => {
    // @ts-expect-error records are read-only
    record.partitionKey = 'x';
  };
  // @ts-expect-error a failure names its record
  const nameless: BatchHandler = () => ({ failures: [{ error: new Error('x') }] });
  // @ts-expect-error a result is an object
  const ofNumbers: BatchHandler = async () => [1];
  // @ts-expect-error a processor must have shardEnded: without its checkpoint KCL stays there
  const endless: RecordProcessor = { processRecords() {} };
  // @ts-expect-error a sub-sequence number is a number
  const texts = (checkpointer: ProcessorCheckpointer) => checkpointer.checkpoint('1', '2');
  expect([ofAText, writing, nameless, ofNumbers, endless, texts]).toHaveLength(6);
});
