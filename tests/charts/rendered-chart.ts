/**
 * The chart as Helm renders it. In: values as a person gives them. Out: the objects, or what Helm refuses them with. Helm is the
 * testbed's, else that of this machine.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { helm, isUnavailable, programFile } from '@tapeline/testbed';
import { parse, parseAllDocuments } from 'yaml';

/** The repository's root. */
export const root: string = fileURLToPath(new URL('../..', import.meta.url));
/** The chart's folder. */
export const chart: string = path.join(root, 'charts/tapeline');

/** An object of the rendered chart. */
export type Rendered = {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly [field: string]: unknown;
};

/** Fields of an object by name. */
export type Fields = Readonly<Record<string, unknown>>;

/** Values that a person gives. */
export type GivenValues = Readonly<Record<string, unknown>>;

/** Why there is no Helm here; undefined = there is one. */
export const helmUnavailable: string | undefined = findHelm().problem;

/** The namespace and the release that everything is rendered for. */
export const release = { name: 'demo', namespace: 'market' } as const;

/** What Helm makes of the values. */
export function helmTemplate(
  values: GivenValues,
  args: readonly string[] = [],
): { code: number; out: string; err: string } {
  const folder = mkdtempSync(path.join(tmpdir(), 'tapeline-chart-'));
  try {
    const file = path.join(folder, 'values.json');
    writeFileSync(file, JSON.stringify(values));
    const { file: program = 'helm' } = findHelm();
    const own = ['template', release.name, chart, '--namespace', release.namespace, '--values', file];
    const { status, stdout, stderr } = spawnSync(program, [...own, ...args], {
      encoding: 'utf8',
      env: helmEnv(folder),
    });
    return { code: status ?? -1, out: stdout, err: stderr };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The objects of the chart with these values. Throws what Helm says if it refuses them. */
export function render(values: GivenValues): readonly Rendered[] {
  const { code, out, err } = helmTemplate(values);
  if (code !== 0) throw new Error(`helm template ended with ${code}: ${err}`);
  return parseAllDocuments(out)
    .map((document) => document.toJS() as Rendered | null)
    .filter((object) => object !== null);
}

/** What Helm refuses these values with. Throws if it takes them. */
export function refusal(values: GivenValues): string {
  const { code, err } = helmTemplate(values);
  if (code === 0) throw new Error(`helm template takes ${JSON.stringify(values)}`);
  return err;
}

/** The values files in the chart's folder ci, by name: each is one way to use it. */
export function ciValues(): ReadonlyMap<string, GivenValues> {
  const folder = path.join(chart, 'ci');
  const names = readdirSync(folder).toSorted();
  return new Map(names.map((name) => [name, parse(readFileSync(path.join(folder, name), 'utf8')) as GivenValues]));
}

/** The one of this kind whose name ends so. Throws if there is none or more than one. */
export function only(objects: readonly Rendered[], kind: string, ending = ''): Rendered {
  const found = objects.filter((object) => object.kind === kind && object.metadata.name.endsWith(ending));
  const [first, second] = found;
  if (first !== undefined && second === undefined) return first;
  throw new Error(`${found.length} of ${kind} …${ending}: ${found.map(({ metadata }) => metadata.name).join(', ')}`);
}

/** A pod as it is written, with what it is a part of. */
export type RenderedPod = {
  readonly of: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly spec: Fields;
};

/** Every pod that the objects describe. */
export function podsOf(objects: readonly Rendered[]): readonly RenderedPod[] {
  return objects.flatMap((object) => {
    const of = `${object.kind} ${object.metadata.name}`;
    const pod = object.kind === 'Pod' ? object : valueAt(object, 'spec', 'template');
    const spec = valueAt(pod, 'spec');
    if (spec === undefined || object.kind === 'CustomResourceDefinition') return [];
    return [{ of, labels: valueAt(pod, 'metadata', 'labels') as Record<string, string>, spec: spec as Fields }];
  });
}

/** What lies at a path of names and places; undefined where there is nothing. */
export function valueAt(value: unknown, ...path: readonly (string | number)[]): unknown {
  return path.reduce<unknown>((inside, step) => (inside as Fields | null | undefined)?.[step], value);
}

/** The list at a path; empty where there is nothing. */
export function listAt(value: unknown, ...path: readonly (string | number)[]): readonly Fields[] {
  return (valueAt(value, ...path) ?? []) as readonly Fields[];
}

/** The container of a Deployment of the chart, such as `ingest`. */
export function containerOf(objects: readonly Rendered[], component: string): Fields | undefined {
  return listAt(only(objects, 'Deployment', `-${component}`), 'spec', 'template', 'spec', 'containers')[0];
}

/** Variables of a container by name: their text, or where it comes from. */
export function envOf(container: Fields | undefined): Readonly<Record<string, unknown>> {
  return Object.fromEntries(listAt(container, 'env').map(({ name, value, valueFrom }) => [name, value ?? valueFrom]));
}

/** The object that a Job of the chart applies, `store` or `stream`. */
export function declaredObject(objects: readonly Rendered[], name: 'store' | 'stream'): Rendered {
  const text = valueAt(only(objects, 'ConfigMap', `-${name}`), 'data', `${name}.json`) as string;
  return (JSON.parse(text) as { readonly object: Rendered }).object;
}

function helmEnv(folder: string): NodeJS.ProcessEnv {
  // Nothing of the user's own Helm is read or written, and no cluster is asked.
  return { ...process.env, KUBECONFIG: '', HELM_CACHE_HOME: folder, HELM_CONFIG_HOME: folder, HELM_DATA_HOME: folder };
}

function findHelm(): { readonly file?: string; readonly problem?: string } {
  try {
    return { file: programFile(helm, 'helm') };
  } catch (error) {
    if (!isUnavailable(error)) throw error;
    if (spawnSync('helm', ['version']).status === 0) return { file: 'helm' };
    return { problem: error.message };
  }
}
