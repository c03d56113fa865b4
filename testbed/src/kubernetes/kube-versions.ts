/**
 * What a cluster is made of, pinned in one place. In: nothing. Out: Go modules and how each program is built from them. A
 * new version is a change of this file alone; its programs get a folder of their own in the cache.
 */

/** Kubernetes: API server, controllers, scheduler, kubelet, kube-proxy, kubectl. */
export const kubernetesVersion = '1.36.3';

/** A program that is built from Go modules. */
export type GoProgram = {
  /** For people and for the folder in the cache. */
  readonly name: string;
  readonly module?: string;
  /** With the `v` in front. */
  readonly version: string;
  /** Packages to build; none if it has a main of ours in programs/NAME. */
  readonly packages: readonly string[];
  /** Whether its go.mod names parts that lie in its own repository and are published as modules of their own. */
  readonly hasStaging?: boolean;
  /** The files that come of it. */
  readonly files: readonly string[];
  /** Further names of the first file, by which it knows what to be. */
  readonly links?: readonly string[];
  readonly tags?: string;
  /** `-X` of the linker: variables that say the version. */
  readonly variables?: Readonly<Record<string, string>>;
};

const minor = kubernetesVersion.split('.')[1] ?? '';

/** One program under six names: one link step instead of six, and a third of the size. */
export const kube: GoProgram = {
  name: 'kube',
  module: 'k8s.io/kubernetes',
  version: `v${kubernetesVersion}`,
  packages: [],
  hasStaging: true,
  files: ['kube'],
  links: ['kube-apiserver', 'kube-controller-manager', 'kube-scheduler', 'kube-proxy', 'kubelet', 'kubectl'],
  variables: Object.fromEntries(
    ['k8s.io/component-base/version', 'k8s.io/client-go/pkg/version'].flatMap((place) => [
      [`${place}.gitVersion`, `v${kubernetesVersion}`],
      [`${place}.gitMajor`, '1'],
      [`${place}.gitMinor`, minor],
      [`${place}.gitTreeState`, 'clean'],
      [`${place}.gitCommit`, 'module'],
      [`${place}.buildDate`, '1970-01-01T00:00:00Z'],
    ]),
  ),
};

/** Where the API server keeps everything. */
export const etcd: GoProgram = {
  name: 'etcd',
  module: 'go.etcd.io/etcd/server/v3',
  version: 'v3.6.16',
  packages: ['go.etcd.io/etcd/server/v3'],
  files: ['etcd'],
};

const containerdVersion = 'v2.3.7';

/** What runs containers on a node. */
export const containerd: GoProgram = {
  name: 'containerd',
  module: 'github.com/containerd/containerd/v2',
  version: containerdVersion,
  packages: ['containerd', 'containerd-shim-runc-v2', 'ctr'].map(
    (name) => `github.com/containerd/containerd/v2/cmd/${name}`,
  ),
  files: ['containerd', 'containerd-shim-runc-v2', 'ctr'],
  tags: 'no_btrfs no_devmapper no_zfs',
  variables: { 'github.com/containerd/containerd/v2/version.Version': containerdVersion },
};

/** Names of Services and pods; only the plugins that a cluster needs. */
export const coredns: GoProgram = {
  name: 'coredns',
  module: 'github.com/coredns/coredns',
  version: 'v1.14.2',
  packages: [],
  files: ['coredns'],
};

/** The process that holds a pod's namespaces, written by us. */
export const pause: GoProgram = {
  name: 'pause',
  version: 'v1',
  packages: [],
  files: ['pause'],
};

/** What `kubectl top` and the autoscaler ask. */
export const metricsServer: GoProgram = {
  name: 'metrics-server',
  module: 'sigs.k8s.io/metrics-server',
  version: 'v0.9.0',
  packages: ['sigs.k8s.io/metrics-server/cmd/metrics-server'],
  files: ['metrics-server'],
};

const helmModule = 'helm.sh/helm/v3';
const helmVersion = 'v3.22.0';

/** Installs charts. Without the variables `helm template` would take the cluster for an old one. */
export const helm: GoProgram = {
  name: 'helm',
  module: helmModule,
  version: helmVersion,
  packages: [`${helmModule}/cmd/helm`],
  files: ['helm'],
  variables: {
    [`${helmModule}/internal/version.version`]: helmVersion,
    ...Object.fromEntries(
      ['chartutil', 'lint/rules'].flatMap((place) => [
        [`${helmModule}/pkg/${place}.k8sVersionMajor`, '1'],
        [`${helmModule}/pkg/${place}.k8sVersionMinor`, minor],
      ]),
    ),
  },
};

/** Checks rendered charts against schemas. */
export const kubeconform: GoProgram = {
  name: 'kubeconform',
  module: 'github.com/yannh/kubeconform',
  version: 'v0.8.0',
  packages: ['github.com/yannh/kubeconform/cmd/kubeconform'],
  files: ['kubeconform'],
};

/** What an API server alone needs. */
export const apiPrograms: readonly GoProgram[] = [etcd, kube];

/** What a cluster with nodes needs. */
export const nodePrograms: readonly GoProgram[] = [...apiPrograms, containerd, coredns, pause, helm];

/** Everything that can be built here, by name. */
export const allPrograms: readonly GoProgram[] = [...nodePrograms, metricsServer, kubeconform];

/** Node of the base that stands in for the project's own image, and its npm: npm packages. */
export const nodePackages = { node: '24.21.0', npm: '11.21.2' } as const;

/** The release of Debian in that base. */
export const debianRelease = 'bookworm';
