import { readEventSource } from '../../../lab/event-source/read-event-source.js';
import { type Removal, removals, without } from './removals.js';
import { RECORDS, type Share } from './share.js';
import { failedCalls, type Row } from './table.js';

const TIMEOUT_MS = 30_000;

/** The rows of every removal, with the lab's stand-in for Lambda's pollers. */
export async function rowsOf(share: Share, skip: (removal: Removal) => boolean): Promise<Row[]> {
  const grants = share.grants('');
  const rows: Row[] = [];
  for (const removal of removals(grants).filter((one) => !skip(one))) {
    const { failed, read } = await runWith(share, without(grants, removal));
    rows.push({ removal, failed, read: read ? 'all' : 'none' });
  }
  return rows;
}

/** @return what was denied, and whether all was read all the same */
export async function runWith(
  share: Share,
  grants: ReturnType<Share['grants']> = share.grants(''),
): Promise<{ failed: string[]; read: boolean }> {
  const since = share.decisions.length;
  const kinesis = share.client(await share.putInForce(grants));
  const enough = new AbortController();
  let read = 0;
  const onRecords = (_shard: string, records: readonly unknown[]) => {
    read += records.length;
    if (read >= RECORDS) enough.abort();
  };
  const source = { streamArn: share.streamArn, consumerArn: share.consumerArn };
  const timeout = setTimeout(() => enough.abort(), TIMEOUT_MS);
  try {
    await readEventSource(kinesis, source, onRecords, enough.signal).catch((error: Error) => {
      if (share.denied(since).length === 0 && !enough.signal.aborted) throw error;
    });
  } finally {
    clearTimeout(timeout);
    kinesis.destroy();
  }
  return { failed: failedCalls(share.denied(since)), read: read >= RECORDS };
}
