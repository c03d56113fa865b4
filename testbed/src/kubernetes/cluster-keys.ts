/**
 * The keys of a cluster. In: the addresses of its API server and its nodes. Out: files in a folder that only their owner
 * reads: certificates, the key that signs tokens, and a kubeconfig for each who speaks to the API server.
 */
import { generateKeyPairSync } from 'node:crypto';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { CertificateAuthority, type Certified } from '../certificate-authority.ts';

/** Where the keys lie, and what a client needs to ask the API server. */
export type ClusterKeys = {
  readonly folder: string;
  readonly server: string;
  /** Of the administrator. */
  readonly kubeconfig: string;
  readonly ca: string;
  readonly admin: Certified;
  /** Path of a file of the folder. */
  readonly file: (name: string) => string;
  /** Writes the keys of a node: `kubelet-server-N.crt`, `.key` and `kubelet-N.kubeconfig`. */
  readonly addNode: (name: string, address: string) => void;
};

/** What has to be known of the API server. */
export type ApiAddress = { readonly host: string; readonly port: number; readonly servicesHost: string };

const hourMs = 3_600_000;
const validHours = 24 * 365;

/** Makes all keys anew, for a year. */
export function makeClusterKeys(folder: string, api: ApiAddress): ClusterKeys {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  chmodSync(folder, 0o700);
  const validity = { notBefore: new Date(Date.now() - hourMs), notAfter: new Date(Date.now() + validHours * hourMs) };
  const authority = new CertificateAuthority('tapeline testbed kubernetes', validity);
  // Whoever asks through the API server on behalf of a user is trusted by another authority than users are.
  const front = new CertificateAuthority('tapeline testbed front proxy', validity);
  const server = `https://${api.host}:${api.port}`;
  const file = (name: string): string => path.join(folder, name);
  const write = (name: string, text: string): void => writeFileSync(file(name), text, { mode: 0o600 });
  const writePair = (name: string, { certificate, key }: Certified): void => {
    write(`${name}.crt`, certificate);
    write(`${name}.key`, key);
  };
  const client = (commonName: string, organization?: string): Certified =>
    authority.issue({ commonName, purpose: 'client', ...(organization === undefined ? {} : { organization }) });
  const writeConfig = (name: string, user: Certified): void =>
    write(`${name}.kubeconfig`, kubeconfigOf(server, authority.certificate, user));

  writePair('ca', authority);
  write('front-ca.crt', front.certificate);
  const names = ['kubernetes', 'kubernetes.default', 'kubernetes.default.svc', 'kubernetes.default.svc.cluster.local'];
  const hosts = [...names, 'localhost', '127.0.0.1', api.host, api.servicesHost];
  writePair('apiserver', authority.issue({ commonName: 'kube-apiserver', purpose: 'server', hosts }));
  writePair('apiserver-kubelet', client('kube-apiserver-kubelet-client', 'system:masters'));
  writePair('front-client', front.issue({ commonName: 'front-proxy-client', purpose: 'client' }));
  const admin = client('admin', 'system:masters');
  writeConfig('admin', admin);
  for (const part of ['kube-controller-manager', 'kube-scheduler', 'kube-proxy']) {
    writeConfig(part, client(`system:${part}`));
  }
  const tokens = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  write('tokens.key', tokens.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString());
  write('tokens.pub', tokens.publicKey.export({ type: 'spki', format: 'pem' }).toString());
  return {
    folder,
    server,
    kubeconfig: file('admin.kubeconfig'),
    ca: authority.certificate,
    admin,
    file,
    addNode: (name, address) => {
      const request = { commonName: name, purpose: 'server', hosts: [name, address, '127.0.0.1'] } as const;
      writePair(`kubelet-server-${name}`, authority.issue(request));
      writeConfig(`kubelet-${name}`, client(`system:node:${name}`, 'system:nodes'));
    },
  };
}

/** JSON is YAML, too. */
function kubeconfigOf(server: string, ca: string, user: Certified): string {
  const base64 = (text: string): string => Buffer.from(text).toString('base64');
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'testbed', cluster: { server, 'certificate-authority-data': base64(ca) } }],
    users: [
      {
        name: 'testbed',
        user: { 'client-certificate-data': base64(user.certificate), 'client-key-data': base64(user.key) },
      },
    ],
    contexts: [{ name: 'testbed', context: { cluster: 'testbed', user: 'testbed' } }],
    'current-context': 'testbed',
  };
  return `${JSON.stringify(config, undefined, 2)}\n`;
}
