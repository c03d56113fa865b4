/**
 * Files around the chart: its README is made of its values, and image, kind and skaffold agree with it and with the workspace.
 */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { readWorkspaces } from '../../tools/house-rules/repository.ts';
import { readValues, valuesTable, withTable } from '../../tools/charts/values-table.ts';
import { chart, ciValues, type Fields, listAt, root, valueAt } from './rendered-chart.ts';

function text(file: string): string {
  return readFileSync(path.join(root, file), 'utf8');
}

function yaml(file: string): Fields {
  return parse(text(file)) as Fields;
}

test('the README of the chart tells of the values as they are: npm run generate writes it', () => {
  const readme = readFileSync(path.join(chart, 'README.md'), 'utf8');
  expect(withTable(readme, valuesTable(readValues(text('charts/tapeline/values.yaml'))))).toBe(readme);
});

test('a value without a comment is named, with its line', () => {
  expect(() => readValues('# -- told\na: 1\nb: 2\n')).toThrow('line 3: b has no comment');
});

test('values inside others have their whole path, and what a comment covers is one row', () => {
  expect(
    readValues(
      '# words\na:\n  # -- one\n  b: 1\n  # -- all\n  # of it\n  c:\n    d: {e: f}\ng:\n  # -- last\n  h: []\n',
    ),
  ).toEqual([
    { path: 'a.b', standard: '1', about: 'one' },
    { path: 'a.c', standard: '{d: {e: f}}', about: 'all of it' },
    { path: 'g.h', standard: '[]', about: 'last' },
  ]);
});

test('the image is built from the manifest of every package of the workspace', () => {
  const dockerfile = text('Dockerfile');
  const folders = readWorkspaces(root)
    .map(({ folder }) => folder)
    .filter((folder) => folder !== '');
  expect(folders.filter((folder) => !dockerfile.includes(`COPY ${folder}/package.json ${folder}/\n`))).toEqual([]);
});

test('the image runs as a user by number, who owns nothing of its programs', () => {
  const final =
    text('Dockerfile')
      .split(/^FROM /m)
      .at(-1) ?? '';
  expect(final).toMatch(/^USER 1000:1000$/m);
  expect(final).not.toContain('--chown');
});

test('ports of the kind cluster are those of the nodes that the chart opens there', () => {
  const mappings = listAt(yaml('kind-config.yaml'), 'nodes', 0, 'extraPortMappings').map(
    ({ containerPort }) => containerPort,
  );
  const { ingest, query } = ciValues().get('dev-values.yaml') as Readonly<Record<string, Fields>>;
  const open = [
    valueAt(ingest, 'service', 'nodePort'),
    valueAt(query, 'service', 'nodePort'),
    valueAt(query, 'service', 'httpNodePort'),
  ];
  expect(mappings).toEqual(open);
});

test.each([['README.md'], ['charts/tapeline/README.md'], ['charts/tapeline/templates/NOTES.txt']])(
  'ports that %s forwards to here are told as they are reached, and are none that the kind cluster has taken',
  (file) => {
    const taken = listAt(yaml('kind-config.yaml'), 'nodes', 0, 'extraPortMappings').map(({ hostPort }) => hostPort);
    const forwarded = [...text(file).matchAll(/port-forward .*? (\d+):/g)].map(([, port]) => Number(port));
    const told = [...text(file).matchAll(/\blocalhost:(\d+)/g)].map(([, port]) => Number(port));
    expect(forwarded.length).toBeGreaterThan(0);
    expect(forwarded.filter((port) => taken.includes(port))).toEqual([]);
    expect(forwarded.filter((port) => !told.includes(port))).toEqual([]);
    expect(told.filter((port) => !forwarded.includes(port) && !taken.includes(port))).toEqual([]);
  },
);

test('the kind cluster has one control plane, and three workers in zones of their own', () => {
  const nodes = listAt(yaml('kind-config.yaml'), 'nodes');
  expect(nodes.map(({ role }) => role)).toEqual(['control-plane', 'worker', 'worker', 'worker']);
  const zones = nodes.slice(1).map((node) => valueAt(node, 'labels', 'topology.kubernetes.io/zone'));
  expect(new Set(zones).size).toBe(3);
});

test('skaffold deploys this chart with the values of the kind cluster, and verifies by the check of helm test', () => {
  const skaffold = yaml('skaffold.yaml');
  const release = listAt(skaffold, 'deploy', 'helm', 'releases')[0];
  expect(release).toMatchObject({ chartPath: 'charts/tapeline', valuesFiles: ['charts/tapeline/ci/dev-values.yaml'] });
  expect(valueAt(skaffold, 'build', 'artifacts', 0, 'image')).toBe(
    valueAt(yaml('charts/tapeline/values.yaml'), 'image', 'repository'),
  );
  expect(valueAt(skaffold, 'verify', 0, 'container', 'args', 0)).toBe('check-market');
});

test('the chart says the version of the packages, and the README builds the image that it asks for', () => {
  const { version } = JSON.parse(text('package.json')) as { readonly version: string };
  expect(yaml('charts/tapeline/Chart.yaml')).toMatchObject({ version, appVersion: version });
  expect(text('README.md')).toContain(
    `docker build --tag tapeline:${version} . && kind load docker-image --name tapeline tapeline:${version}\n`,
  );
});
