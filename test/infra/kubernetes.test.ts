import { readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { parse, parseAllDocuments } from 'yaml';
import { loadConfig } from '../../src/config/load.js';
import { loadHandler } from '../../src/delivery/load-handler.js';
import { temporaryFolder } from '../helpers/temporary-folder.js';
import { brokenCopy, describeWithLinter } from './helpers/linter.js';
import { leastBlocked, longestStop } from './helpers/worker-times.js';

const FILE = 'infra/kubernetes.yaml';
const folder = temporaryFolder();
// biome-ignore lint/suspicious/noExplicitAny: the tests know the objects that they look at
const objects: any[] = parseAllDocuments(readFileSync(FILE, 'utf8')).map((document) => document.toJS());
const object = (kind: string, name: string) =>
  objects.find((one) => one.kind === kind && one.metadata.name === name);

const { spec } = object('Deployment', 'orders-reader');
const pod = spec.template.spec;
const [worker] = pod.containers;
const environment = object('ConfigMap', 'orders-reader').data;

test('the worker takes the environment', () => {
  const { config, notices } = loadConfig({ flags: {}, env: environment });
  expect(notices).toEqual([]);
  expect(config.applicationName).toBe('orders-reader');
});

test('it is asked for its health where the image serves it', () => {
  const [, port] = /HTTP_PORT=(\d+)/.exec(readFileSync('Dockerfile', 'utf8')) ?? [];
  const [{ name, containerPort }] = worker.ports;
  expect(String(containerPort)).toBe(port);
  expect(spec.template.metadata.annotations['prometheus.io/port']).toBe(port);
  for (const probe of ['startupProbe', 'livenessProbe', 'readinessProbe']) {
    expect(worker[probe].httpGet.port).toBe(name);
  }
});

test('it has more time to stop than it takes for itself', () => {
  const { config } = loadConfig({ flags: {}, env: environment });
  expect(pod.terminationGracePeriodSeconds * 1000).toBeGreaterThan(longestStop(config));
});

test('its own limit of time ends a handler that computes, before the liveness probe does', () => {
  const { config } = loadConfig({ flags: {}, env: environment });
  const { periodSeconds, failureThreshold } = worker.livenessProbe;
  expect((failureThreshold - 1) * periodSeconds).toBeGreaterThanOrEqual(leastBlocked(config));
});

test('HANDLER is in the volume, and a handler', async () => {
  const { mountPath } = worker.volumeMounts.find(({ name }: { name: string }) => name === 'handler');
  const handler = basename(environment.HANDLER);
  expect(environment.HANDLER).toBe(`${mountPath}/${handler}`);

  const file = join(folder(), handler);
  writeFileSync(file, object('ConfigMap', 'orders-handler').data[handler]);
  expect(await loadHandler(file)).toBeInstanceOf(Function);
});

test('what is mounted and referred to is there', () => {
  const volumes = pod.volumes.map(({ name }: { name: string }) => name);
  expect(worker.volumeMounts.map(({ name }: { name: string }) => name).sort()).toEqual(volumes.sort());
  expect(object('ServiceAccount', pod.serviceAccountName)).toBeDefined();
  for (const { configMapRef } of worker.envFrom) expect(object('ConfigMap', configMapRef.name)).toBeDefined();
  for (const { configMap } of pod.volumes) {
    if (configMap) expect(object('ConfigMap', configMap.name)).toBeDefined();
  }
  const { selector } = object('PodDisruptionBudget', 'orders-reader').spec;
  expect(spec.selector).toEqual(selector);
  expect(spec.template.metadata.labels).toEqual(selector.matchLabels);
});

test('the network lets in one port alone, that of the worker, and not everybody', () => {
  const policy = object('NetworkPolicy', 'orders-reader').spec;
  expect(policy.podSelector).toEqual(spec.selector);
  expect(policy.policyTypes).toEqual(['Ingress']);
  const [port] = worker.ports;
  expect(policy.ingress).toEqual([
    {
      ports: [{ protocol: 'TCP', port: port.name }],
      from: [{ namespaceSelector: { matchLabels: expect.anything() } }],
    },
  ]);
});

const guide = readFileSync('docs/deployment.md', 'utf8');
const [, jobText = ''] = /```yaml\n(apiVersion: batch\/v1\n[\s\S]*?)```/.exec(guide) ?? [];

test("the guide's Job checks as what the worker runs as, with its environment, once", () => {
  const { backoffLimit, template } = parse(jobText).spec;
  const { containers, restartPolicy, ...runsAs } = template.spec;
  const [{ name, args, resources, ...container }] = containers;

  expect({ args, backoffLimit, restartPolicy }).toEqual({
    args: ['preflight'],
    backoffLimit: 0,
    restartPolicy: 'Never',
  });
  expect(pod).toMatchObject(runsAs);
  expect(worker).toMatchObject(container);
  expect(Object.keys(runsAs)).toEqual(['serviceAccountName', 'enableServiceLinks', 'securityContext']);
  expect(Object.keys(container)).toEqual(['image', 'envFrom', 'securityContext']);
});

describeWithLinter('kubernetes-validate', (lint) => {
  const validate = (file: string) => lint('--strict', '--quiet', '--kubernetes-version', '1.37', file);

  test('finds nothing', () => {
    expect(validate(FILE)).toEqual({ status: 0, output: '' });
  });

  test("finds nothing in the guide's Job", () => {
    const job = join(folder(), 'job.yaml');
    writeFileSync(job, jobText);
    expect(validate(job)).toEqual({ status: 0, output: '' });
    writeFileSync(job, jobText.replace('backoffLimit: 0', 'backOffLimit: 0'));
    expect(validate(job).status).not.toBe(0);
  });

  test.each([
    ['a field that is not there', 'readOnlyRootFilesystem:', 'readonlyRootFilesystem:'],
    ['a text for a number', 'terminationGracePeriodSeconds: 90', 'terminationGracePeriodSeconds: 90s'],
    ['a number in a ConfigMap', "SHUTDOWN_GRACE_MILLIS: '60000'", 'SHUTDOWN_GRACE_MILLIS: 60000'],
    ['a kind that is not there', 'kind: PodDisruptionBudget', 'kind: PodDisruptionBudge'],
  ])('would find %s', (_what, right, wrong) => {
    const text = readFileSync(FILE, 'utf8').replaceAll('"', "'");
    // Of a kind that it does not know it only warns.
    expect(validate(brokenCopy(text, right, wrong, folder()))).not.toEqual({ status: 0, output: '' });
  });
});
