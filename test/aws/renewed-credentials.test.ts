import type { AwsCredentialIdentity } from '@aws-sdk/types';
import { jest } from '@jest/globals';
import { type RenewalFailure, type RenewedCredentials, renewed } from '../../src/aws/renewed-credentials.js';

/** Since when this machine's clock runs, in ms. */
const START = 1_700_000_000_000;
const SECOND = 1_000;

let now: number;
let asked: number;
let seconds: number | undefined;
let fails: boolean;
let credentials: RenewedCredentials;
let reported: [string, number][];
beforeEach(() => {
  now = START;
  asked = 0;
  seconds = 900;
  fails = false;
  reported = [];
  jest.spyOn(Date, 'now').mockImplementation(() => now);
  jest.spyOn(performance, 'now').mockImplementation(() => now);
  credentials = renewed(async () => {
    asked++;
    if (fails) throw new Error('STS answers 503');
    const expiration = seconds === undefined ? {} : { expiration: new Date(now + seconds * SECOND) };
    return { accessKeyId: `key ${asked}`, secretAccessKey: 'secret', ...expiration };
  }, report);
});
afterEach(() => jest.restoreAllMocks());

const report: RenewalFailure = ({ message }, usedUntil) => {
  reported.push([message, (usedUntil.getTime() - START) / SECOND]);
};

/** What a call is signed with then. What is renewed in the background is there before the next one. */
async function keyAt(secondsLater: number, refused?: string): Promise<string> {
  now = START + secondsLater * SECOND;
  const { accessKeyId } = await credentials(refused === undefined ? {} : { forceRefresh: true, refused });
  await new Promise(setImmediate);
  return accessKeyId;
}

test('the source is asked once, also by calls that come together', async () => {
  await Promise.all([credentials(), credentials()]);

  expect(await keyAt(599)).toBe('key 1');
  expect(asked).toBe(1);
});

test('sessions are renewed five minutes before they expire, and no call waits for it', async () => {
  await keyAt(0);

  expect(await keyAt(601)).toBe('key 1');
  expect(await keyAt(602)).toBe('key 2');
  expect(await keyAt(1_199)).toBe('key 2');
});

test('short sessions are renewed when a third of their time is left, and not at each call', async () => {
  seconds = 60;
  const keys = [];
  for (let second = 0; second < 600; second++) keys.push(await keyAt(second));

  expect(new Set(keys).size).toBe(asked);
  expect(asked).toBe(15);
});

test('while the source fails, credentials that are valid are used, and it is asked every five seconds', async () => {
  await keyAt(0);
  fails = true;
  for (let second = 600; second < 900; second++) expect(await keyAt(second)).toBe('key 1');
  expect(asked).toBe(1 + 60);
  expect(reported).toEqual([['STS answers 503', 900]]);

  await expect(keyAt(900)).rejects.toThrow('STS answers 503');
  fails = false;
  expect(await keyAt(901)).toBe(`key ${asked}`);
});

test('credentials without an expiration stay', async () => {
  seconds = undefined;
  await keyAt(0);

  expect(await keyAt(1_000_000)).toBe('key 1');
});

test('those that have expired when they arrive are used for a while: it is this clock that is wrong', async () => {
  seconds = -60;
  for (let second = 0; second < 60; second++) await keyAt(second);

  expect(asked).toBe(3);
});

test('those that AWS refuses are given up', async () => {
  await keyAt(0);

  expect(await keyAt(10, 'key 1')).toBe('key 2');
});

test('those that came after the refused ones are not', async () => {
  await keyAt(0);
  await keyAt(10, 'key 1');

  expect(await keyAt(20, 'key 1')).toBe('key 2');
});

test('a source is not asked at each refusal', async () => {
  for (let second = 0; second < 60; second++) await keyAt(second, `key ${asked}`);

  expect(asked).toBe(12);
});

describe('a source that does not answer', () => {
  const key = (accessKeyId: string) => ({ accessKeyId, secretAccessKey: 'secret' });
  let answers: ((credentials: AwsCredentialIdentity) => void)[];
  let slow: RenewedCredentials;
  beforeEach(() => {
    jest.restoreAllMocks();
    answers = [];
    slow = renewed(() => new Promise((resolve) => answers.push(resolve)), report, 20);
  });

  test('fails the calls that wait for it, and is asked again by the next', async () => {
    const waiting = [slow(), slow()].map((call) => call.catch(({ name }: Error) => name));
    expect(await Promise.all(waiting)).toEqual(['SourceTimeoutError', 'SourceTimeoutError']);
    expect(answers).toHaveLength(1);

    const next = slow();
    answers[1]?.(key('next'));
    expect(await next).toEqual(key('next'));
  });

  test('may answer later: its credentials are used, unless newer ones have come', async () => {
    await expect(slow()).rejects.toThrow('did not answer within');
    await expect(slow()).rejects.toThrow('did not answer within');
    answers[1]?.(key('newer'));
    await new Promise(setImmediate);
    answers[0]?.(key('older'));
    await new Promise(setImmediate);

    expect(await slow()).toEqual(key('newer'));
    expect(answers).toHaveLength(2);
  });
});
