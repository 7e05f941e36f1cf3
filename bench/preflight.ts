/** How long preflight takes on the lab, against the sum of its checks. Run it with `npm run bench:preflight`. */

import { tmpdir } from 'node:os';
import { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { KMSClient } from '@aws-sdk/client-kms';
import { STSClient } from '@aws-sdk/client-sts';
import { parseConsumerArn, parseStreamArn } from '../src/aws/arn.js';
import { preflight } from '../src/preflight/preflight.js';
import { Share } from '../test/matrix/helpers/share.js';

const ROUNDS = 7;
const APPLICATION = 'orders-app';

const share = await Share.open({ for: 'kcl', fanOut: true, encrypted: true });
const env = await share.putInForce(share.grants(APPLICATION));
const client = {
  region: share.lab.region,
  endpoint: share.lab.gate.endpoint,
  credentials: {
    accessKeyId: env.AWS_ACCESS_KEY_ID ?? '',
    secretAccessKey: env.AWS_SECRET_ACCESS_KEY ?? '',
    sessionToken: env.AWS_SESSION_TOKEN ?? '',
  },
};
const source = {
  stream: parseStreamArn(share.streamArn),
  consumer: parseConsumerArn(share.consumerArn ?? ''),
  creationEpoch: undefined,
  initialPosition: undefined,
};

const rounds: { whole: number; sum: number; calls: number }[] = [];
for (let round = 0; round < ROUNDS; round++) {
  const since = share.decisions.length;
  let sum = 0;
  const began = performance.now();
  const report = await preflight(
    {
      for: 'kcl',
      streams: [source],
      region: client.region,
      clients: { sts: new STSClient(client), kms: new KMSClient(client), kinesis: share.client(env) },
      application: {
        name: APPLICATION,
        leaseTable: APPLICATION,
        region: client.region,
        metricsLevel: 'DETAILED',
        streams: [source],
        allowEpochChange: false,
        runDirectory: tmpdir(),
        launcherTarget: 'launcher/target',
        dynamodb: new DynamoDBClient(client),
        cloudwatch: new CloudWatchClient(client),
      },
    },
    {
      onEnd({ seconds }) {
        sum += seconds;
      },
    },
  );
  const whole = (performance.now() - began) / 1000;
  if (!report.passed)
    throw new Error(JSON.stringify(report.checks.filter(({ status }) => status === 'failed')));
  rounds.push({ whole, sum, calls: share.decisions.length - since });
}
await share.lab.stop();

const median = (values: number[]) => values.sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
const whole = median(rounds.map((round) => round.whole));
const sum = median(rounds.map((round) => round.sum));
process.stdout.write(
  `preflight, KCL with fan-out from an encrypted stream, all passed; median of ${ROUNDS}\n` +
    `  whole  ${whole.toFixed(2)} s, first ${rounds[0]?.whole.toFixed(2)} s\n` +
    `  sum of its checks  ${sum.toFixed(2)} s, ${(sum / whole).toFixed(1)} times the whole\n` +
    `  questions to the policies  ${rounds[0]?.calls}\n`,
);
process.exit();
