/**
 * A definition of a kind, whole. In: its type, columns and schema. Out: the CustomResourceDefinition, as the chart installs
 * it. `helm uninstall` leaves it and with it every object of the kind, because deleting it would delete them.
 */
import type { KubeObject, ResourceType } from '@tapeline/kubernetes';
import { objectOf, type Rule, type Schema } from './schema.ts';

/** A column of `kubectl get`; with a priority above 0 only of `-o wide`. */
export type Column = {
  readonly name: string;
  readonly type: 'string' | 'integer' | 'date';
  readonly jsonPath: string;
  readonly description?: string;
  readonly priority?: number;
};

/** What is particular about a kind. */
export type KindFacts = {
  readonly type: ResourceType;
  readonly shortName: string;
  readonly about: string;
  readonly columns: readonly Column[];
  readonly spec: Schema;
  readonly status: Schema;
  /** About the object as a whole. */
  readonly rules: readonly Rule[];
  readonly scale?: {
    readonly specReplicasPath: string;
    readonly statusReplicasPath: string;
    readonly labelSelectorPath: string;
  };
};

const age: Column = { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' };

/** The definition of a kind. */
export function definitionOf(facts: KindFacts): KubeObject {
  const { type, shortName, about, columns, spec, status, rules, scale } = facts;
  const schema = objectOf(
    about,
    { apiVersion: { type: 'string' }, kind: { type: 'string' }, metadata: { type: 'object' }, spec, status },
    ['spec'],
    { 'x-kubernetes-validations': rules },
  );
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: {
      name: `${type.plural}.${type.group}`,
      annotations: { 'helm.sh/resource-policy': 'keep' },
      labels: { 'app.kubernetes.io/name': 'tapeline', 'app.kubernetes.io/component': 'crd' },
    },
    spec: {
      group: type.group,
      scope: type.isNamespaced ? 'Namespaced' : 'Cluster',
      names: {
        kind: type.kind,
        listKind: `${type.kind}List`,
        plural: type.plural,
        singular: type.kind.toLowerCase(),
        shortNames: [shortName],
        categories: ['tapeline'],
      },
      versions: [
        {
          name: type.version,
          served: true,
          storage: true,
          subresources: { status: {}, ...(scale === undefined ? {} : { scale }) },
          additionalPrinterColumns: [...columns, age],
          schema: { openAPIV3Schema: schema },
        },
      ],
    },
  };
}
