import { transformSync } from 'esbuild';
import { parseReaderArn } from '../../src/aws/reader-arn.js';
import { PARTS } from '../../src/cli/policy-options.js';
import { cdkFunctions } from '../../src/policy/cdk.js';
import { grantRead } from '../../src/policy/grants.js';
import type { ReadRequest } from '../../src/policy/read-request.js';
import { CONSUMER, grantsOf, KCL, KEY, LAMBDA } from './helpers/requests.js';

const ALL = { ...KCL, consumer: CONSUMER, key: KEY };

/** The functions, with stand-ins for the CDK's classes. */
function compiled(text: string) {
  const { code, warnings } = transformSync(text, { loader: 'ts', format: 'cjs' });
  expect(warnings).toEqual([]);
  const attached: unknown[][] = [];
  const asItIs = { fromJson: (json: object) => json };
  const iam = {
    PolicyStatement: asItIs,
    PolicyDocument: asItIs,
    ManagedPolicy: class {
      constructor(...args: unknown[]) {
        attached.push(args);
      }
    },
  };
  const module = { exports: {} as Record<string, (...args: unknown[]) => void> };
  new Function('require', 'module', code)(() => iam, module);
  const exported = module.exports;
  return { exported, attached };
}

/** A construct with a policy, with what was done to it. */
function construct() {
  const done: unknown[] = [];
  return {
    done,
    addToResourcePolicy: (statement: object) => done.push(statement),
    node: {
      defaultChild: 'itself',
      tryFindChild: (id: string) => ({
        node: { addDependency: (other: string) => done.push(`${id} after ${other}`) },
      }),
    },
  };
}

test.each<[string, ReadRequest]>([
  ['KCL', ALL],
  [
    'a path of any form',
    {
      ...LAMBDA,
      reader: parseReaderArn('arn:aws:iam::222222222222:user/`\u0024{a}\'\\n"//reader'),
      consumer: CONSUMER,
      key: KEY,
    },
  ],
])('the functions add the statements, and wait for what has them: %s', (_what, request) => {
  const { streamPolicy, consumerPolicy, keyPolicyStatement, readerPolicy } = grantRead(request);
  const { exported, attached } = compiled(cdkFunctions(request, grantRead(request)));
  const [stream, consumer, key] = [construct(), construct(), construct()];

  exported.shareStream?.(stream);
  exported.shareConsumer?.(consumer);
  exported.shareKey?.(key);
  exported.allowReader?.('scope', 'reader');

  expect(stream.done).toEqual([streamPolicy.Statement[0], 'Policy after itself']);
  expect(consumer.done).toEqual([consumerPolicy?.Statement[0], 'Policy after itself']);
  expect(key.done).toEqual([keyPolicyStatement]);
  expect(attached).toEqual([
    [
      'scope',
      expect.stringMatching(/^cross-account-kcl-ReadStreamFor\w+$/),
      { document: readerPolicy, [`${request.reader.kind}s`]: ['reader'] },
    ],
  ]);
});

test.each(PARTS)('the part %s can be had by itself, and imports nothing else', (part) => {
  const text = cdkFunctions(ALL, grantsOf(part, ALL));

  expect(Object.keys(compiled(text).exported).filter((name) => name !== '__esModule')).toHaveLength(1);
  for (const [, names = ''] of text.matchAll(/^import (?:type )?\{ (.*) \}/gm)) {
    for (const name of names.replaceAll('type ', '').split(', ')) {
      expect(text.match(new RegExp(`\\b${name}\\b`, 'g'))?.length).toBeGreaterThan(1);
    }
  }
});
