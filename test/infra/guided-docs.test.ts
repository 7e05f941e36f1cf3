import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { parseStreamArn } from '../../src/aws/arn.js';

/** The guides name nothing that the templates do not have. */
const page = readFileSync('docs/guided.md', 'utf8');
const shell = [...page.matchAll(/```sh\n(.*?)```/gs)].map(([, text = '']) => text);
const deploys = deploysOf(page);
const all = [...deploys, ...deploysOf(readFileSync('docs/deployment.md', 'utf8'))];

function deploysOf(text: string): { file: string; names: string[] }[] {
  const lines = text.replace(/\\\n/g, ' ').split('\n');
  return lines.filter((line) => line.includes('aws cloudformation deploy')).map(deploy);
}

function deploy(line: string): { file: string; names: string[] } {
  const [command = '', parameters = ''] = line.split('--parameter-overrides');
  const names = parameters
    .trim()
    .split(/\s+/)
    .map((one) => one.split('=')[0] ?? '');
  return { file: /--template-file (\S+)/.exec(command)?.[1] ?? '', names };
}

// biome-ignore lint/suspicious/noExplicitAny: of another shape in each template
const read = (file: string): any => parse(readFileSync(file, 'utf8'), { logLevel: 'silent' });
const TEMPLATES = ['infra/owner.yaml', 'infra/reader-lambda.yaml', 'infra/reader-ecs.yaml'];

test('the owner deploys twice, and the reader too', () => {
  expect(deploys.map(({ file }) => file)).toEqual([
    'infra/owner.yaml',
    'infra/reader-lambda.yaml',
    'infra/owner.yaml',
    'infra/reader-lambda.yaml',
  ]);
});

test('every parameter in a command is one of its template', () => {
  for (const { file, names } of all) {
    expect(Object.keys(read(file).Parameters)).toEqual(expect.arrayContaining(names));
  }
});

test('no command has a comment, which zsh would take for arguments', () => {
  expect(shell.length).toBeGreaterThan(5);
  expect(shell.filter((text) => text.includes(' #'))).toEqual([]);
});

test('every output that is asked for is there', () => {
  const outputs = TEMPLATES.flatMap((file) => Object.keys(read(file).Outputs));
  const asked = [...page.matchAll(/OutputKey=='(\w+)'/g)].map(([, name]) => name);

  expect(asked.length).toBeGreaterThan(2);
  expect(outputs).toEqual(expect.arrayContaining(asked));
});

test('all that a template cannot do without is in its first command', () => {
  for (const file of TEMPLATES) {
    const parameters = Object.entries(read(file).Parameters as Record<string, object>);
    const required = parameters.filter(([, parameter]) => !('Default' in parameter)).map(([name]) => name);

    expect(all.find((one) => one.file === file)?.names).toEqual(expect.arrayContaining(required));
  }
});

test('the stream that the templates take for an example is one', () => {
  for (const file of TEMPLATES.slice(1)) {
    const { ConstraintDescription } = read(file).Parameters.StreamArn;
    const [example = ''] = /arn:\S+/.exec(ConstraintDescription) ?? [];
    expect(parseStreamArn(example).arn).toBe(example);
  }
});
