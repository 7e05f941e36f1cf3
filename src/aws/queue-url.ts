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
const REGION = '[a-z]{2}(?:-[a-z]+)+-\\d+';
/** AWS General Reference, "Amazon SQS endpoints and quotas": those of today, and the legacy ones, which still work. */
const AWS = new RegExp(`^(?:sqs\\.(${REGION})|(${REGION})\\.queue|queue)\\.amazonaws\\.com(?:\\.cn)?$`);
/** VPC, FIPS and dual-stack endpoints, other partitions, and emulators that do as AWS does. */
const LIKE_AWS = new RegExp(`(?:^|\\.)sqs(?:-fips)?\\.(${REGION})\\.`);

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
  const aws = AWS.exec(parsed.hostname);
  if (aws !== null && (parts.length !== 2 || !ACCOUNT.test(before))) {
    throw fail(text, `'${parts.slice(0, -1).join('/')}' before the queue name is not 12 digits`);
  }
  const region = aws === null ? LIKE_AWS.exec(parsed.hostname)?.[1] : (aws[1] ?? aws[2] ?? 'us-east-1');
  const account = ACCOUNT.test(before) ? before : undefined;
  return {
    url: text,
    queueName,
    fifo: queueName.endsWith('.fifo'),
    region,
    account,
    arn:
      region === undefined || account === undefined ? undefined : toQueueArn({ region, account, queueName }),
    endpoint: aws === null ? parsed.origin : undefined,
  };
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
