/**
 * What can be set of the operator. In: flags and environment. Out: one table: which namespaces, by which lease, what its pods are
 * made with, where probes are, what is logged.
 */
import {
  choiceOption,
  integerOption,
  listOption,
  type Option,
  type OptionWithDefault,
  type ProbeOptions,
  probeOptionsOf,
  type ProcessOptions,
  processOptions,
  textOption,
} from '@tapeline/runtime';
import { hostPortsOption } from '@tapeline/backend';

const metricsPort = 9_464;
const name = { fits: /^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/, form: 'small letters, digits, - and points' };

/** When images are pulled. */
export type PullPolicy = 'Always' | 'IfNotPresent' | 'Never';

type OwnOptions = {
  readonly kubeconfig: Option<string>;
  readonly namespaces: Option<readonly string[]>;
  readonly lease: OptionWithDefault<string>;
  readonly 'lease-namespace': Option<string>;
  readonly 'pod-name': Option<string>;
  readonly image: Option<string>;
  readonly 'image-pull-policy': Option<PullPolicy>;
  readonly 'image-pull-secrets': Option<readonly string[]>;
  readonly 'workload-service-account': Option<string>;
  readonly ingest: Option<readonly string[]>;
  readonly workers: OptionWithDefault<number>;
};

/** Names and kinds of the options. */
export type OperatorOptions = OwnOptions & ProbeOptions & ProcessOptions;

/** The options, in the order of the help. */
export const operatorOptions: OperatorOptions = {
  kubeconfig: textOption({
    placeholder: 'FILE',
    charsMax: 4_096,
    help: 'How to reach the API server. Default: the files that KUBECONFIG lists, else as the pod that it runs in, else ~/.kube/config.',
  }),
  namespaces: listOption({
    placeholder: 'NAME,…',
    env: 'TAPELINE_NAMESPACES',
    itemsMax: 32,
    itemCharsMax: 63,
    help: 'Namespaces whose streams and stores it looks after. Default: all.',
  }),
  lease: textOption({
    placeholder: 'NAME',
    env: 'TAPELINE_LEASE',
    charsMax: 63,
    pattern: name,
    default: 'tapeline-operator',
    help: 'Lease by which one of several operators leads.',
  }),
  'lease-namespace': textOption({
    placeholder: 'NAME',
    env: 'POD_NAMESPACE',
    charsMax: 63,
    pattern: name,
    help: 'Namespace of the lease. Default: that of the pod or context.',
  }),
  'pod-name': textOption({
    placeholder: 'NAME',
    env: 'POD_NAME',
    charsMax: 253,
    pattern: name,
    help: 'What it calls itself in the lease and in events. Default: the name of the machine.',
  }),
  image: textOption({
    env: 'TAPELINE_IMAGE',
    charsMax: 512,
    help: 'The image of workers and feeds; it has to be given.',
  }),
  'image-pull-policy': choiceOption(['Always', 'IfNotPresent', 'Never'], {
    env: 'TAPELINE_IMAGE_PULL_POLICY',
    help: "When they pull it. Default: Kubernetes'.",
  }),
  'image-pull-secrets': listOption({
    placeholder: 'NAME,…',
    env: 'TAPELINE_IMAGE_PULL_SECRETS',
    itemsMax: 8,
    itemCharsMax: 253,
    help: 'Secrets for the image, in the namespace of each stream.',
  }),
  'workload-service-account': textOption({
    placeholder: 'NAME',
    env: 'TAPELINE_WORKLOAD_SERVICE_ACCOUNT',
    charsMax: 253,
    pattern: name,
    help: "Account of workers and feeds, in the namespace of each stream. Default: the namespace's.",
  }),
  ingest: hostPortsOption({
    env: 'TAPELINE_INGEST',
    help: 'Ingests that feeds publish to, unless their stream names others.',
  }),
  workers: integerOption({
    env: 'TAPELINE_OPERATOR_WORKERS',
    min: 1,
    max: 64,
    default: 4,
    help: 'Objects of a kind that it works on at once.',
  }),
  ...probeOptionsOf(metricsPort),
  ...processOptions,
};
