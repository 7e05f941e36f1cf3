import { type Lab, startLab } from '../../lab/lab.js';
import { sampleOrders } from '../../lab/sample-orders.js';
import { CredentialSources } from '../helpers/credential-sources.js';
import { refusedStart } from './helpers/cli.js';
import { sharedStream, TRANSPORTS, withConsumer } from './helpers/fixtures.js';

let lab: Lab;
let sources: CredentialSources;
beforeAll(async () => {
  lab = await startLab();
  sources = await CredentialSources.start();
});
afterAll(async () => {
  sources?.stop();
  await lab?.stop();
});
afterEach(() => {
  sources.portalRefuses = false;
  sources.asked.length = 0;
});

test.each(TRANSPORTS)(
  '%s: reads with a profile of IAM Identity Center, asked for once',
  async (transport) => {
    const { arn } = await sharedStream(lab, sampleOrders(lab.owner.id, 4), 1);
    const env = { ...sources.ssoSession(), TRANSPORT: transport };

    await withConsumer(lab, arn, env, async (consumer) => {
      await consumer.until('all handled', () => consumer.ledger.length >= 4);
      expect((await consumer.stop()).code).toBe(0);
    });

    expect(sources.asked).toEqual(['GET /federation/credentials']);
  },
);

test('a session that has ended: the start says so, and how to log in', async () => {
  const { arn } = await sharedStream(lab, [], 1);

  const { status, message } = await refusedStart(lab, { STREAM_ARN: arn, ...sources.ssoLegacy(-1_000) });

  expect(status).toBe(3);
  expect(message).toContain('The SSO session associated with this profile has expired.');
  expect(message).toContain('aws sso login --profile reader');
});
