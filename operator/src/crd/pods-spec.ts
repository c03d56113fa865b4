/**
 * What a kind declares of pods. In: fields. Out: resources and overrides. What is passed on to Kubernetes as it is stays
 * unchecked here: the API server checks it when it is applied, and its refusal becomes a condition.
 */
import type { Fields } from './fields.ts';

/** Amounts by resource, such as `500m` or `1Gi`. */
export type Quantities = Readonly<Record<string, string>>;

/** Size and overrides of pods. */
export type PodsSpec = {
  readonly requests: Quantities | undefined;
  readonly limits: Quantities | undefined;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly env: Readonly<Record<string, string>>;
  /** Fields of Kubernetes' pod spec. */
  readonly pod: Readonly<Record<string, unknown>>;
};

const passedOn = [
  'nodeSelector',
  'tolerations',
  'affinity',
  'topologySpreadConstraints',
  'priorityClassName',
  'serviceAccountName',
  'imagePullSecrets',
];

/** Reads pods. */
export function readPods(fields: Fields): PodsSpec {
  const [resources, template] = [fields.maybeObject('resources'), fields.maybeObject('template')];
  const given = passedOn.filter((name) => template?.has(name) === true);
  return {
    requests: readQuantities(resources, 'requests'),
    limits: readQuantities(resources, 'limits'),
    labels: template?.map('labels', textAt) ?? {},
    annotations: template?.map('annotations', textAt) ?? {},
    env: Object.fromEntries((template?.objects('env') ?? []).map((each) => [each.text('name'), each.text('value')])),
    pod: Object.fromEntries(given.map((name) => [name, template?.raw(name)])),
  };
}

function readQuantities(resources: Fields | undefined, name: string): Quantities | undefined {
  if (resources?.has(name) !== true) return undefined;
  return resources.map(name, (amounts, key) => String(amounts.raw(key)));
}

function textAt(fields: Fields, key: string): string {
  return fields.text(key);
}
