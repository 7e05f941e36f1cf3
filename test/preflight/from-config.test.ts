import { GetQueueAttributesCommand } from '@aws-sdk/client-sqs';
import { endpointOf } from '../../src/preflight/endpoint.js';
import { openPreflight } from '../../src/preflight/from-config.js';
import { environment } from '../aws/helpers/environment.js';
import { loadWithArn } from '../config/load-helpers.js';

const QUEUE = 'https://sqs.us-west-2.amazonaws.com/222222222222/failed';
const EMULATED = 'http://localhost:9324/queue/failed';

/** Where the queue of that configuration is asked for, and in which region; undefined if none is. */
async function asked(properties: string): Promise<[string, string] | undefined> {
  const { request, close } = openPreflight(loadWithArn({ properties }).config, { for: 'kcl' });
  try {
    const found = request.application?.failureQueue;
    if (found === undefined) return undefined;
    const { origin } = await endpointOf(found.sqs, GetQueueAttributesCommand);
    expect(await found.sqs.config.region()).toBe(found.region);
    return [origin, found.region];
  } finally {
    close();
  }
}

test('the jars of another KCL application are looked at', () => {
  const { request, close } = openPreflight(loadWithArn({}).config, { for: 'kcl', kclJars: '/theirs/lib' });
  close();
  expect(request.application?.kclJars).toBe('/theirs/lib');
});

describe('the queue for records that fail', () => {
  test.each([
    ['of AWS is asked for in its own region', QUEUE, ['https://sqs.us-west-2.amazonaws.com', 'us-west-2']],
    [
      "of an emulator where it is, in the application's region",
      EMULATED,
      ['http://localhost:9324', 'eu-west-1'],
    ],
  ])('%s', async (_which, url, expected) => {
    expect(await asked(`onFailure = send\nfailureQueueUrl = ${url}`)).toEqual(expected);
  });

  test('is not asked for unless records are sent to it', async () => {
    expect(await asked('onFailure = skip')).toBeUndefined();
  });

  describe('with another endpoint of SQS', () => {
    environment(() => ({ AWS_ENDPOINT_URL_SQS: 'http://127.0.0.1:1' }));

    test('that is asked', async () => {
      expect(await asked(`onFailure = send\nfailureQueueUrl = ${QUEUE}`)).toEqual([
        'http://127.0.0.1:1',
        'us-west-2',
      ]);
    });
  });
});
