/**
 * What a cluster with nodes has from the start: names for Services and pods, volumes in folders of the machine, and, if
 * wanted, figures of CPU and memory. In: addresses. Out: objects to apply.
 */
import { imageNames } from './image-names.ts';

type KubeObject = { readonly apiVersion: string; readonly kind: string; readonly [field: string]: unknown };

const namespace = 'kube-system';
const rbac = 'rbac.authorization.k8s.io';

/** Names (`kube-dns`) at this address, and the default class of volumes. */
export function clusterAddons(dnsAddress: string): KubeObject[] {
  return [...namesObjects(dnsAddress), storageClass()];
}

/** What `kubectl top` and autoscalers ask. */
export function metricsAddons(): KubeObject[] {
  const name = 'metrics-server';
  const args = [
    '--cert-dir=/tmp',
    '--secure-port=10250',
    '--kubelet-preferred-address-types=InternalIP',
    '--kubelet-insecure-tls',
    // It refuses a resolution that is not longer than the time it gives kubelets.
    '--kubelet-request-timeout=5s',
    '--metric-resolution=10s',
  ];
  const container = {
    name,
    image: imageNames.metricsServer,
    imagePullPolicy: 'Never',
    args,
    readinessProbe: { httpGet: { path: '/readyz', port: 10_250, scheme: 'HTTPS' }, periodSeconds: 2 },
    volumeMounts: [{ name: 'tmp', mountPath: '/tmp' }],
    securityContext: { runAsUser: 1000, runAsNonRoot: true, readOnlyRootFilesystem: true },
  };
  return [
    serviceAccount(name),
    clusterRole(`system:${name}`, [
      { apiGroups: [''], resources: ['nodes/metrics'], verbs: ['get'] },
      { apiGroups: [''], resources: ['pods', 'nodes'], verbs: ['get', 'list', 'watch'] },
    ]),
    clusterRoleBinding(`system:${name}`, `system:${name}`, name),
    clusterRoleBinding(`${name}:system:auth-delegator`, 'system:auth-delegator', name),
    {
      apiVersion: `${rbac}/v1`,
      kind: 'RoleBinding',
      metadata: { name: `${name}-auth-reader`, namespace },
      roleRef: { apiGroup: rbac, kind: 'Role', name: 'extension-apiserver-authentication-reader' },
      subjects: [{ kind: 'ServiceAccount', name, namespace }],
    },
    deployment(name, name, { containers: [container], volumes: [{ name: 'tmp', emptyDir: {} }] }),
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name, namespace },
      spec: { selector: { 'k8s-app': name }, ports: [{ name: 'https', port: 443, targetPort: 10_250 }] },
    },
    {
      apiVersion: 'apiregistration.k8s.io/v1',
      kind: 'APIService',
      metadata: { name: 'v1beta1.metrics.k8s.io' },
      spec: {
        group: 'metrics.k8s.io',
        version: 'v1beta1',
        groupPriorityMinimum: 100,
        versionPriority: 100,
        insecureSkipTLSVerify: true,
        service: { name, namespace },
      },
    },
  ];
}

function namesObjects(address: string): KubeObject[] {
  const name = 'coredns';
  const ports = [
    { name: 'dns', port: 53, protocol: 'UDP' },
    { name: 'dns-tcp', port: 53, protocol: 'TCP' },
  ];
  const container = {
    name,
    image: imageNames.coredns,
    imagePullPolicy: 'Never',
    args: ['-conf', '/etc/coredns/Corefile'],
    volumeMounts: [{ name: 'config', mountPath: '/etc/coredns', readOnly: true }],
    ports: ports.map(({ name: port, protocol }) => ({ name: port, containerPort: 53, protocol })),
    readinessProbe: { httpGet: { path: '/ready', port: 8181 }, periodSeconds: 1 },
    securityContext: {
      allowPrivilegeEscalation: false,
      capabilities: { add: ['NET_BIND_SERVICE'], drop: ['ALL'] },
      readOnlyRootFilesystem: true,
    },
  };
  return [
    serviceAccount(name),
    clusterRole(`system:${name}`, [
      { apiGroups: [''], resources: ['endpoints', 'services', 'pods', 'namespaces'], verbs: ['list', 'watch'] },
      { apiGroups: ['discovery.k8s.io'], resources: ['endpointslices'], verbs: ['list', 'watch'] },
    ]),
    clusterRoleBinding(`system:${name}`, `system:${name}`, name),
    { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace }, data: { Corefile: corefile } },
    deployment(name, 'kube-dns', {
      dnsPolicy: 'Default',
      priorityClassName: 'system-cluster-critical',
      containers: [container],
      volumes: [{ name: 'config', configMap: { name } }],
      // A node that lost its power keeps its pods for five minutes otherwise, and the cluster would be without names.
      tolerations: ['not-ready', 'unreachable'].map((state) => ({
        key: `node.kubernetes.io/${state}`,
        operator: 'Exists',
        effect: 'NoExecute',
        tolerationSeconds: 5,
      })),
    }),
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'kube-dns', namespace, labels: { 'k8s-app': 'kube-dns' } },
      spec: { clusterIP: address, selector: { 'k8s-app': 'kube-dns' }, ports },
    },
  ];
}

const corefile = `.:53 {
    errors
    health
    ready
    kubernetes cluster.local in-addr.arpa ip6.arpa {
        pods insecure
        ttl 5
    }
    cache 5
    reload
}
`;

function storageClass(): KubeObject {
  const annotations = { 'storageclass.kubernetes.io/is-default-class': 'true' };
  return {
    apiVersion: 'storage.k8s.io/v1',
    kind: 'StorageClass',
    metadata: { name: 'standard', annotations },
    provisioner: 'kubernetes.io/host-path',
    reclaimPolicy: 'Delete',
  };
}

function serviceAccount(name: string): KubeObject {
  return { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name, namespace } };
}

function clusterRole(name: string, rules: readonly unknown[]): KubeObject {
  return { apiVersion: `${rbac}/v1`, kind: 'ClusterRole', metadata: { name }, rules };
}

function clusterRoleBinding(name: string, role: string, account: string): KubeObject {
  return {
    apiVersion: `${rbac}/v1`,
    kind: 'ClusterRoleBinding',
    metadata: { name },
    roleRef: { apiGroup: rbac, kind: 'ClusterRole', name: role },
    subjects: [{ kind: 'ServiceAccount', name: account, namespace }],
  };
}

function deployment(name: string, label: string, spec: Readonly<Record<string, unknown>>): KubeObject {
  const labels = { 'k8s-app': label };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, namespace, labels },
    spec: {
      replicas: 1,
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { serviceAccountName: name, ...spec } },
    },
  };
}
