import type { KinesisClient } from '@aws-sdk/client-kinesis';
import type { KMSClient } from '@aws-sdk/client-kms';
import type { STSClient } from '@aws-sdk/client-sts';
import type { ConsumerArn, StreamArn } from '../aws/arn.js';
import type { ReaderArn } from '../aws/reader-arn.js';
import type { RoleArnOf } from '../aws/role-arn.js';
import type { StreamSource } from '../config/streams.js';
import { callPacer, STREAMS_PER_SECOND } from '../leases/call-pacer.js';
import { type TableLookups, tableLookups } from '../leases/lease-table-reader.js';
import { type StreamLookup, streamLookups } from '../leases/lookup.js';
import type { ReaderType } from '../policy/actions.js';
import { type NamedReader, type ReaderNames, readerNames } from './caller.js';
import type { Check } from './check.js';
import { type Application, applicationChecks, tablesOf } from './checks/application-checks.js';
import { subscribeCheck } from './checks/consumer.js';
import { credentialsCheck, type KnownIdentity } from './checks/credentials.js';
import { failureQueueArn } from './checks/failure-queue.js';
import { leaseLagCheck } from './checks/lease-lag.js';
import { clockCheck, endpointsCheck } from './checks/network.js';
import { streamChecks } from './checks/stream-checks.js';
import { type StreamRole, streamRoleCheck } from './checks/stream-role.js';
import { withPoliciesInForce } from './policies-in-force.js';
import { type PreflightReport, type ReportOptions, reportOn, type Subject } from './report.js';
import { type Finding, type Findings, type RunOptions, runChecks } from './runner.js';
import { servicesOf } from './services.js';

/** What is to be read, by whom and how, and the clients that call as the reader. */
export interface PreflightRequest {
  readonly for: ReaderType;
  readonly streams: readonly { readonly stream: StreamArn; readonly consumer?: ConsumerArn | undefined }[];
  /** Which region the Kinesis client calls. */
  readonly region: string;
  /** Who should call; found out unless given. Needed where a role has a path that IAM does not report. */
  readonly reader?: ReaderArn | undefined;
  /** Is asked where a statement that names the caller's role is missing; without it the path of the role stays unknown. */
  readonly roleArnOf?: RoleArnOf | undefined;
  /** A role that is assumed for the streams alone: `clients.kinesis` and `clients.kms` call as it. */
  readonly streamRole?: StreamRole | undefined;
  /** For KCL. */
  readonly application?: Application | undefined;
  /** Why SubscribeToShard is not to be tried. For KCL it is not tried anyway while workers hold leases of the application. */
  readonly leaveOutSubscribe?: string | ((stream: StreamArn) => string | undefined) | undefined;
  readonly clients: {
    readonly sts: STSClient;
    readonly kinesis: KinesisClient;
    readonly kms: KMSClient;
  };
}

/** What is asked for once, by whoever asks first. */
export interface Lookups {
  /** In the order of the streams. */
  readonly streams: readonly StreamLookup[];
  readonly tables: TableLookups | undefined;
}

/**
 * Proves every access that reading takes. It changes nothing.
 *
 * @param lookups those of others who ask for the same
 */
export async function preflight(
  request: PreflightRequest,
  options: RunOptions & ReportOptions = {},
  lookups?: Lookups,
): Promise<PreflightReport> {
  const names = readerNames(request.roleArnOf, options.signal);
  const over = new AbortController();
  if (options.signal?.aborted) over.abort();
  options.signal?.addEventListener('abort', () => over.abort(), { signal: over.signal });
  const own = lookups ?? lookupsOf(request, over.signal);
  const { checks, identity, subjectOf } = allChecks(request, names, own);
  // A call that no check waits for any more must not outlive the report.
  const found = await runChecks(checks, options).finally(() => over.abort());
  const caller = found.handedOn(identity);
  const missing = found.findings.some(({ denied }) => denied !== undefined);
  const named = caller && missing ? await names(caller) : NOT_NEEDED;
  const subject = ({ check }: Finding) => subjectOf(check, found, named);
  const findings = await withPoliciesInForce(found.findings, subject, request.clients, options.signal);
  return reportOn(findings, subject, options);
}

function lookupsOf({ streams, clients, application }: PreflightRequest, signal?: AbortSignal): Lookups {
  return {
    streams: streamLookups(clients.kinesis, streams, signal),
    tables: application && tableLookups(application.dynamodb, tablesOf(application), signal),
  };
}

/** No statement names the caller. */
const NOT_NEEDED: NamedReader = { reader: undefined };

/** Every check of a request, in the order in which they are shown. */
export function allChecks(
  request: PreflightRequest,
  named: ReaderNames = readerNames(undefined),
  lookups: Lookups = lookupsOf(request),
): {
  readonly checks: readonly Check[];
  readonly identity: Check<KnownIdentity>;
  /** @param caller how policies must name it */
  subjectOf(check: Check, found: Findings, caller: NamedReader): Subject;
} {
  const { streams, clients, application, for: by, leaveOutSubscribe } = request;
  const identity = credentialsCheck({
    sts: clients.sts,
    owner: streams[0]?.stream.account ?? '',
    expected: request.reader,
  });
  const ofRole = request.streamRole && streamRoleCheck(request.streamRole, identity);
  const kcl = by === 'kcl' ? application : undefined;
  const pace = { sameName: callPacer(STREAMS_PER_SECOND), describe: callPacer(STREAMS_PER_SECOND) };
  const ofStreams = streams.map(({ stream, consumer }, index) => {
    const lookup = lookups.streams[index] as StreamLookup;
    const { kinesis, kms } = clients;
    const target = { stream, consumer, for: by, kinesis, kms, lookup, pace };
    return { target, stream, consumer, ...streamChecks(target, request, ofRole ?? identity) };
  });
  const checksOf = ({ stream }: StreamSource) => {
    const own = ofStreams.find((one) => one.stream.arn === stream.arn);
    return own && { lookup: own.target.lookup, summary: own.summary, shards: own.shards };
  };
  const ofApplication =
    kcl &&
    lookups.tables &&
    applicationChecks(kcl, {
      identity,
      tables: lookups.tables,
      reader: request.reader,
      named,
      streamRole: ofRole,
      checksOf,
    });
  // It asks the leases first, whose checks need those of the streams.
  const subscriptions = ofStreams.map(({ target, stream, consumer, active, shards }) => {
    if (!consumer || !active) return [];
    const leaveOut = typeof leaveOutSubscribe === 'function' ? leaveOutSubscribe(stream) : leaveOutSubscribe;
    return [subscribeCheck(target, { consumer, leaveOut, leases: ofApplication?.leases }, active, shards)];
  });
  const lags = ofStreams.map(({ target, summary }) =>
    ofApplication ? [leaseLagCheck(target, ofApplication.contents, summary)] : [],
  );
  const services = servicesOf(clients.kinesis, streams, {
    application: kcl,
    sts: request.streamRole && clients.sts,
  });
  const endpoints = endpointsCheck(services);
  return {
    identity,
    checks: [
      identity,
      endpoints,
      clockCheck(endpoints),
      ...(ofRole ? [ofRole] : []),
      ...ofStreams.flatMap(({ checks }, index) => [...checks, ...(subscriptions[index] ?? [])]),
      ...(ofApplication?.checks ?? []),
      ...lags.flat(),
    ],
    subjectOf(check, { handedOn }, caller) {
      const own = ofStreams.find(({ checks }, index) =>
        [checks, subscriptions[index], lags[index]].some((some) => some?.includes(check)),
      );
      const { reader = request.reader, note } =
        own && request.streamRole ? { reader: request.streamRole.reader } : caller;
      const { stream, consumer, encryption } = own ?? ofStreams[0] ?? {};
      const several = own !== undefined && streams.length > 1 ? own.stream.arn : undefined;
      if (reader === undefined || stream === undefined) return { request: undefined, stream: several, note };
      const share = { stream, reader, consumer, key: encryption && handedOn(encryption)?.key };
      const threeTables = ofApplication && handedOn(ofApplication.former)?.used;
      return {
        stream: several,
        note,
        request: kcl
          ? {
              ...share,
              for: 'kcl',
              application: kcl.name,
              tables: tablesOf(kcl),
              threeTables,
              pointInTimeRecovery: kcl.pointInTimeRecovery,
              leaseTableRegion: kcl.region,
              failureQueue: kcl.failureQueue && failureQueueArn(kcl.failureQueue, reader.account),
            }
          : { ...share, for: 'lambda' },
      };
    },
  };
}
