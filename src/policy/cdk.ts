import type { ReadGrants } from './grants.js';
import type { ReadRequest } from './read-request.js';
import { readerPolicyName } from './sids.js';
import type { Statement } from './types.js';

/** Functions in TypeScript for aws-cdk-lib 2, each for the stack of the account that it is for. */
export function cdkFunctions(request: ReadRequest, grants: Partial<ReadGrants>): string {
  const { stream, consumer, key, reader } = request;
  const { streamPolicy, consumerPolicy, keyPolicyStatement, readerPolicy } = grants;
  const owned = [streamPolicy && 'Stream', consumerPolicy && 'StreamConsumer'].filter(Boolean);
  const Kind = reader.kind === 'role' ? 'Role' : 'User';
  const statements = owned.length > 0 || keyPolicyStatement !== undefined;
  const fromIam = [
    ...(readerPolicy ? [`type I${Kind}`, 'ManagedPolicy', 'PolicyDocument'] : []),
    ...(statements ? ['PolicyStatement'] : []),
  ];
  const imports = [
    `import { ${fromIam.join(', ')} } from 'aws-cdk-lib/aws-iam';`,
    owned.length > 0 && `import type { ${owned.join(', ')} } from 'aws-cdk-lib/aws-kinesis';`,
    keyPolicyStatement && "import type { Key } from 'aws-cdk-lib/aws-kms';",
    readerPolicy && "import type { Construct } from 'constructs';",
  ];
  const parts = [
    streamPolicy && [
      `// Account ${stream.account}: the stream ${stream.arn}`,
      isNew('Stream'),
      ...adding('shareStream', 'stream: Stream', streamPolicy.Statement[0], ['waitFor(stream);']),
    ],
    consumer &&
      consumerPolicy && [
        `// Account ${stream.account}: the consumer ${consumer.arn}`,
        isNew('StreamConsumer'),
        ...adding('shareConsumer', 'consumer: StreamConsumer', consumerPolicy.Statement[0], [
          'waitFor(consumer);',
        ]),
      ],
    owned.length > 0 && [
      '// Kinesis takes a policy only when what it is for is ACTIVE, which CloudFormation awaits with DependsOn only.',
      `function waitFor(shared: ${owned.join(' | ')}): void {`,
      '  const { defaultChild } = shared.node;',
      "  if (defaultChild) shared.node.tryFindChild('Policy')?.node.addDependency(defaultChild);",
      '}',
    ],
    key &&
      keyPolicyStatement && [
        `// Account ${key.account}: the key ${key.arn}`,
        isNew('Key'),
        ...adding('shareKey', 'key: Key', keyPolicyStatement, []),
      ],
    readerPolicy && [
      `// Account ${reader.account}: the reader ${reader.arn}`,
      `export function allowReader(scope: Construct, reader: I${Kind}): void {`,
      `  new ManagedPolicy(scope, '${readerPolicyName(request)}', {`,
      `    document: PolicyDocument.fromJson(${literal(readerPolicy, '    ')}),`,
      `    ${reader.kind}s: [reader],`,
      '  });',
      '}',
    ],
  ];
  return `${[imports.filter(Boolean), ...parts]
    .flatMap((lines) => (lines ? [lines.join('\n')] : []))
    .join('\n\n')}\n`;
}

/** The parameter's type refuses an imported one, an IStream, too. */
function isNew(kind: string): string {
  return `// It must be a new ${kind}(…): to the policy of an imported one the CDK adds nothing, and reports nothing.`;
}

function adding(name: string, parameter: string, statement: Statement, then: readonly string[]): string[] {
  const [construct] = parameter.split(':');
  return [
    `export function ${name}(${parameter}): void {`,
    `  ${construct}.addToResourcePolicy(PolicyStatement.fromJson(${literal(statement, '  ')}));`,
    ...then.map((line) => `  ${line}`),
    '}',
  ];
}

/** JSON is an expression of TypeScript too. */
function literal(value: object, indent: string): string {
  return JSON.stringify(value, undefined, 2).replaceAll('\n', `\n${indent}`);
}
