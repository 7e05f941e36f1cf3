import type { StreamArn } from '../aws/arn.js';
import { parseAwsHost } from '../aws/partition.js';
import type { ConfigurationProblem } from '../errors/errors.js';
import { type Given, type Report, reportTo } from './problems.js';
import { applicationSchema } from './schema.js';
import type { StreamEntry } from './streams.js';

/**
 * Values that don't fit together. Needs only the parts that can be read, so that these are reported along with
 * everything else.
 *
 * @param texts the values of the application's keys
 */
export function contradictions(
  texts: Record<string, string>,
  given: Map<string, Given>,
  streams: readonly StreamEntry[],
): ConfigurationProblem[] {
  const problems: ConfigurationProblem[] = [];
  const report = reportTo(problems);
  ofStreams(given, streams, report);
  ofFailures(texts, given, streams, report);
  const mode = applicationSchema.shape.retrievalMode.safeParse(texts.retrievalMode).data;
  for (const { prefix, values } of streams) {
    const ofConsumer = given.get(`${prefix}consumerArn`);
    if (mode === 'FANOUT' && !ofConsumer) {
      report(
        given.get('retrievalMode'),
        `needs ${prefix}consumerArn, the ARN of a consumer that the owner shares`,
      );
    }
    if (mode === 'POLLING' && values.consumerArn) {
      report(
        given.get('retrievalMode'),
        `contradicts ${prefix}consumerArn; expected FANOUT, or leave it out`,
      );
    }
  }
  report(given.get('fanoutConfig.consumerArn'), 'would be ignored; give it as consumerArn');
  regions(streams, given, report);
  const stream = streams[0]?.values.streamArn;
  const name = given.get('streamName');
  if (name && streams[0]?.prefix !== '')
    report(name, 'says nothing beside streams.<n>.streamArn; leave it out');
  else if (stream && name?.text.trim() !== stream.streamName) {
    report(name, `contradicts streamArn; expected ${stream.streamName}, or leave it out`);
  }
  if (streams.length > 1 && !given.has('applicationName')) {
    problems.push({
      key: 'applicationName',
      message: 'is missing; several streams need one, which also names their lease table',
    });
  }
  if (given.has('streamRoleExternalId') && !given.has('streamRoleArn')) {
    report(given.get('streamRoleExternalId'), 'needs streamRoleArn, the role that is assumed with it');
  }
  return problems;
}

/** Of what the streams are, whoever reads them. */
export function ofStreams(given: Map<string, Given>, streams: readonly StreamEntry[], report: Report): void {
  for (const [index, { prefix, values }] of streams.entries()) {
    const { streamArn: stream, consumerArn: consumer } = values;
    if (stream && consumer && consumer.streamArn !== stream.arn) {
      report(
        given.get(`${prefix}consumerArn`),
        `is the consumer ARN of another stream; expected one that starts with ${stream.arn}`,
      );
    }
    const twin =
      stream && streams.slice(0, index).find((other) => other.values.streamArn?.arn === stream.arn);
    if (twin) report(given.get(`${prefix}streamArn`), `is given twice; the other is ${twin.prefix}streamArn`);
  }
}

/** Of what becomes of a record that fails. */
export function ofFailures(
  texts: Record<string, string>,
  given: Map<string, Given>,
  streams: readonly StreamEntry[],
  report: Report,
): void {
  const stream = streams[0]?.values.streamArn;
  const onFailure = applicationSchema.shape.onFailure.safeParse(texts.onFailure).data;
  if (onFailure === 'send' && !given.has('failureQueueUrl')) {
    report(given.get('onFailure'), 'needs failureQueueUrl, the SQS queue that failed records are sent to');
  }
  if (onFailure !== undefined && onFailure !== 'send') {
    report(
      given.get('failureQueueUrl'),
      `is not used with onFailure = ${onFailure}; expected send, or leave it out`,
    );
  }
  const queue = applicationSchema.shape.failureQueueUrl.safeParse(texts.failureQueueUrl).data?.arn;
  if (queue && stream && queue.partition !== stream.partition) {
    report(
      given.get('failureQueueUrl'),
      `is a queue of ${queue.partition}, where credentials for the stream (${stream.partition}) are not known`,
    );
  }
}

/** KCL has one Kinesis client, and rejects a stream that is not in its region. */
function regions(streams: readonly StreamEntry[], given: Map<string, Given>, report: Report): void {
  const known = streams.flatMap(({ prefix, values }) =>
    values.streamArn ? [{ prefix, stream: values.streamArn as StreamArn }] : [],
  );
  const [first, ...others] = known;
  if (!first) return;
  for (const { prefix, stream } of others) {
    if (stream.region === first.stream.region) continue;
    report(
      given.get(`${prefix}streamArn`),
      `is in another region than ${first.prefix}streamArn (${first.stream.region}); run an application for each region`,
    );
  }
  const region = given.get('regionName');
  if (region?.text.trim() !== first.stream.region) {
    report(
      region,
      `contradicts ${first.prefix}streamArn; expected ${first.stream.region}, or leave it out ` +
        '(leaseTableRegion moves the lease table)',
    );
  }
  for (const key of ['dynamoDbClient.region', 'cloudWatchClient.region', 'kinesisClient.region']) {
    report(
      given.get(key),
      'would be set or not, by chance, before regionName is; give leaseTableRegion instead',
    );
  }
  const endpoint = given.get('kinesisEndpoint');
  // AWS's own endpoints and its VPC endpoints say their region; others may be anywhere.
  const text = endpoint?.text.trim() ?? '';
  const ofAws = URL.canParse(text) ? parseAwsHost(new URL(text).hostname) : undefined;
  if (ofAws !== undefined && ofAws.region !== first.stream.region) {
    report(endpoint, `is in another region than ${first.prefix}streamArn (${first.stream.region})`);
  }
}
