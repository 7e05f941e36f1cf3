import type { GivenTables } from '../aws/kcl-tables.js';
import { defaultApplicationName } from '../aws/kcl-tables.js';
import { ConfigurationError } from '../errors/errors.js';
import { cdkFunctions } from '../policy/cdk.js';
import { cloudFormationTemplate } from '../policy/cloudformation.js';
import { grantRead, type ReadGrants } from '../policy/grants.js';
import { awsCommands } from '../policy/merge-commands.js';
import type { ReadRequest } from '../policy/read-request.js';
import { terraformConfiguration } from '../policy/terraform.js';
import type { Statement } from '../policy/types.js';
import { missingPart, type PARTS, readShare, type ShareOptions } from './policy-options.js';

export const PRINT_OUTPUTS = ['text', 'json', 'commands', 'cloudformation', 'terraform', 'cdk'] as const;

export interface PrintOptions extends ShareOptions {
  application?: string;
  leaseTable?: string;
  coordinatorStateTable?: string;
  workerMetricsTable?: string;
  threeTables?: true;
  leaseTableExists?: true;
  pointInTimeRecovery?: true;
  leaseTableRegion?: string;
  failureQueue?: string;
  only?: (typeof PARTS)[number];
  output: (typeof PRINT_OUTPUTS)[number];
}

/** Works without AWS: nothing is looked up. @throws ConfigurationError or PolicyError */
export function printPolicies(options: PrintOptions): string {
  const request = readRequest(options);
  if (options.only === 'key' && options.output === 'cloudformation') {
    throw new ConfigurationError([
      {
        key: '--only',
        message: "key has no template: CloudFormation changes a key's policy only with the key",
      },
    ]);
  }
  const grants = only(options.only, grantRead(request));
  switch (options.output) {
    case 'json':
      return `${JSON.stringify(grants, undefined, 2)}\n`;
    case 'cloudformation':
      return `${JSON.stringify(cloudFormationTemplate(request, grants), undefined, 2)}\n`;
    case 'commands':
      return awsCommands(request, grants);
    case 'terraform':
      return terraformConfiguration(request, grants);
    case 'cdk':
      return cdkFunctions(request, grants);
    case 'text':
      return forPeople(request, grants);
  }
}

function readRequest(options: PrintOptions): ReadRequest {
  const share = readShare(options);
  const { application, leaseTableRegion, threeTables, leaseTableExists, pointInTimeRecovery } = options;
  const tables: GivenTables = {
    lease: options.leaseTable,
    coordinatorState: options.coordinatorStateTable,
    workerMetrics: options.workerMetricsTable,
  };
  if (share.for === 'kcl') {
    return {
      ...share,
      for: share.for,
      application: application ?? defaultApplicationName(share.stream),
      tables,
      threeTables,
      leaseTableExists,
      pointInTimeRecovery,
      leaseTableRegion,
    };
  }
  const problems = Object.entries({
    '--application': application,
    '--lease-table': tables.lease,
    '--coordinator-state-table': tables.coordinatorState,
    '--worker-metrics-table': tables.workerMetrics,
    '--three-tables': threeTables,
    '--lease-table-exists': leaseTableExists,
    '--point-in-time-recovery': pointInTimeRecovery,
    '--lease-table-region': leaseTableRegion,
  })
    .filter(([, value]) => value !== undefined)
    .map(([key]) => ({ key, message: 'is for KCL: Lambda has no lease table' }));
  if (problems.length > 0) throw new ConfigurationError(problems);
  return { ...share, for: share.for };
}

function only(part: PrintOptions['only'], grants: ReadGrants): Partial<ReadGrants> {
  const { streamPolicy, consumerPolicy, keyPolicyStatement, readerPolicy } = grants;
  switch (part) {
    case 'stream':
      return { streamPolicy };
    case 'consumer':
      if (!consumerPolicy) throw missingPart('consumer', '--consumer-arn');
      return { consumerPolicy };
    case 'key':
      if (!keyPolicyStatement) throw missingPart('key', '--key-arn');
      return { keyPolicyStatement };
    case 'reader':
      return { readerPolicy };
    case undefined:
      return grants;
  }
}

function forPeople(request: ReadRequest, grants: Partial<ReadGrants>): string {
  const { stream, reader, consumer, key } = request;
  const { streamPolicy, consumerPolicy, keyPolicyStatement, readerPolicy } = grants;
  const owner = `Account ${stream.account}, the owner`;
  const sections = [
    streamPolicy && added(owner, `stream ${stream.arn}`, streamPolicy.Statement[0]),
    consumerPolicy && added(owner, `consumer ${consumer?.arn}`, consumerPolicy.Statement[0]),
    keyPolicyStatement && added(`Account ${key?.account}`, `key ${key?.arn}`, keyPolicyStatement),
    readerPolicy &&
      section(`Account ${reader.account}, the reader: IAM policy of ${reader.arn}`, readerPolicy),
  ];
  const ofOwner = [streamPolicy, consumerPolicy, keyPolicyStatement].some((part) => part !== undefined);
  return `${[...sections.filter(Boolean), ...remedies(request, ofOwner)].join('\n').trimEnd()}\n`;
}

/** A statement and no policy: AWS replaces the policy in force by what is put, with everybody else's statements. */
function added(whose: string, what: string, statement: Statement): string {
  return section(`${whose}: add this statement to the policy of the ${what}`, statement);
}

function section(title: string, content: object): string {
  return `# ${title}\n${JSON.stringify(content, undefined, 2)}\n`;
}

function remedies({ stream, key, reader, failureQueue }: ReadRequest, ofOwner: boolean): string[] {
  const elsewhere = failureQueue !== undefined && failureQueue.account !== reader.account;
  return [
    ofOwner &&
      '# AWS replaces the whole policy: keep the statements that are in it, as cross-account-kcl policy apply and -o commands do.',
    ofOwner &&
      key &&
      key.account !== stream.account &&
      `# The key is account ${key.account}'s: with its credentials, cross-account-kcl policy apply --only key`,
    !key && '# If the stream is encrypted, give its key with --key-arn.',
    elsewhere &&
      `# The queue is account ${failureQueue.account}'s: its own policy must allow ${reader.arn} the same actions.`,
  ].filter((text) => typeof text === 'string');
}
