import { partitionOf, REGION } from './partition.js';
import { parseQueueArn, QUEUE_NAME, type QueueArn, toQueueArn } from './queue-arn.js';

/** Raised for a text that is not the URL of a queue; the message names the text, what is wrong and the expected form. */
export class QueueUrlError extends Error {
  override readonly name = 'QueueUrlError';
  readonly code = 'XAK_QUEUE_URL';
}

/** The URL of an SQS queue, and what it says of the queue. Only AWS's own forms say everything. */
export interface QueueUrl {
  readonly url: string;
  readonly queueName: string;
  /** FIFO queues have names that end in `.fifo` (SQS Developer Guide, "FIFO queue and message identifiers"). */
  readonly fifo: boolean;
  readonly region: string | undefined;
  /** The 12 digits of the account that owns the queue. */
  readonly account: string | undefined;
  readonly arn: QueueArn | undefined;
  /** Where it is reached, unless it is where AWS has the region's queues: a VPC, FIPS or other endpoint, an emulator. */
  readonly endpoint: string | undefined;
}

const FORM = 'https://sqs.<region>.amazonaws.com/<12-digit account>/<queue name>';
const ACCOUNT = /^\d{12}$/;
/** VPC, FIPS and dual-stack endpoints, and emulators that do as AWS does. */
const LIKE_AWS = new RegExp(`(?:^|\\.)sqs(?:-fips)?\\.(${REGION.source.slice(1, -1)})\\.`);

/** @throws QueueUrlError */
export function parseQueueUrl(text: string): QueueUrl {
  const parsed = URL.canParse(text) ? new URL(text) : undefined;
  if (parsed === undefined) throw fail(text, 'it is not a URL');
  if (!/^https?:$/.test(parsed.protocol)) throw fail(text, `its protocol is '${parsed.protocol}'`);
  // They would stand in the log.
  if (parsed.username !== '' || parsed.password !== '') {
    throw fail(`${parsed.protocol}//…@${parsed.host}${parsed.pathname}`, 'it holds credentials');
  }
  if (parsed.search !== '' || parsed.hash !== '') throw fail(text, 'something follows the queue name');
  const parts = parsed.pathname.split('/').slice(1);
  const queueName = parts.at(-1) ?? '';
  const before = parts.at(-2) ?? '';
  if (!QUEUE_NAME.test(queueName)) {
    throw fail(
      text,
      `the queue name '${queueName}' is not 1-80 of a-z A-Z 0-9 _ -, with .fifo at its end for a FIFO queue`,
    );
  }
  const ofAws = regionOfStandardHost(parsed.hostname);
  if (ofAws !== undefined && (parts.length !== 2 || !ACCOUNT.test(before))) {
    throw fail(text, `'${parts.slice(0, -1).join('/')}' before the queue name is not 12 digits`);
  }
  const region = ofAws ?? LIKE_AWS.exec(parsed.hostname)?.[1];
  const account = ACCOUNT.test(before) ? before : undefined;
  return {
    url: text,
    queueName,
    fifo: queueName.endsWith('.fifo'),
    region,
    account,
    arn:
      region === undefined || account === undefined ? undefined : toQueueArn({ region, account, queueName }),
    endpoint: ofAws === undefined ? parsed.origin : undefined,
  };
}

/**
 * The region of a name under which AWS has a region's queues: that of today, and the legacy ones, which still work (AWS
 * General Reference, "Amazon SQS endpoints and quotas").
 */
function regionOfStandardHost(hostname: string): string | undefined {
  if (hostname === 'queue.amazonaws.com') return 'us-east-1';
  const [first = '', ...rest] = hostname.split('.');
  const [region, suffix] = first === 'sqs' ? [rest[0] ?? '', rest.slice(1)] : [first, rest.slice(1)];
  if ((first !== 'sqs' && rest[0] !== 'queue') || !REGION.test(region)) return undefined;
  return suffix.join('.') === partitionOf(region).dnsSuffix ? region : undefined;
}

/** A queue that is given by its ARN or its URL. @throws ArnError or QueueUrlError */
export function parseQueue(text: string): QueueArn {
  if (text.startsWith('arn:')) return parseQueueArn(text);
  const { arn } = parseQueueUrl(text);
  if (arn === undefined) throw fail(text, "it does not say the queue's region and account");
  return arn;
}

function fail(text: string, reason: string): QueueUrlError {
  return new QueueUrlError(`'${text}' can't be used: ${reason}; expected ${FORM}`);
}
