/**
 * What Secrets and servers become in a pod. In: what is declared. Out: variables, volumes and their mounts. A password is a
 * variable that Kubernetes fills in, a certificate a file; neither stands in the rendered object.
 */
import type { LoginSpec, SecretKey, TlsSpec } from '../crd/server-spec.ts';

/** A variable of a container. */
export type EnvVar =
  | { readonly name: string; readonly value: string }
  | {
      readonly name: string;
      readonly valueFrom: {
        readonly secretKeyRef?: SecretKey;
        readonly fieldRef?: { readonly fieldPath: string; readonly apiVersion: 'v1' };
      };
    };

/** A volume of a pod. */
export type Volume = { readonly name: string; readonly [source: string]: unknown };

/** Where a container sees a volume. */
export type Mount = { readonly name: string; readonly mountPath: string; readonly readOnly?: boolean };

/** Parts of a pod that go together. */
export type ContainerParts = {
  readonly env: readonly EnvVar[];
  readonly volumes: readonly Volume[];
  readonly mounts: readonly Mount[];
};

/** Some parts together. */
export function together(parts: readonly ContainerParts[]): ContainerParts {
  return {
    env: parts.flatMap(({ env }) => env),
    volumes: parts.flatMap(({ volumes }) => volumes),
    mounts: parts.flatMap(({ mounts }) => mounts),
  };
}

/** Plain variables. */
export function variables(values: Readonly<Record<string, string | undefined>>): ContainerParts {
  const env = Object.entries(values).flatMap(([name, value]) => (value === undefined ? [] : [{ name, value }]));
  return { env, volumes: [], mounts: [] };
}

/** A variable that a Secret fills in. */
export function secretVariable(name: string, secret: SecretKey): ContainerParts {
  return {
    env: [{ name, valueFrom: { secretKeyRef: { name: secret.name, key: secret.key } } }],
    volumes: [],
    mounts: [],
  };
}

/** What opens a server, as the options of a process take it. */
export function accessParts(
  server: 'kafka' | 'cassandra',
  tls: TlsSpec | undefined,
  login: LoginSpec | undefined,
): ContainerParts {
  const prefix = `TAPELINE_${server.toUpperCase()}`;
  const parts: ContainerParts[] = [];
  if (tls !== undefined) parts.push(variables({ [`${prefix}_TLS`]: 'true' }));
  if (tls?.ca !== undefined) {
    const folder = `/etc/tapeline/${server}-ca`;
    const items = [{ key: tls.ca.key, path: 'ca.crt' }];
    parts.push(
      variables({ [`${prefix}_CA`]: `${folder}/ca.crt` }),
      secretFolder(`${server}-ca`, folder, { secretName: tls.ca.name, items }),
    );
  }
  if (tls?.client !== undefined) {
    const folder = `/etc/tapeline/${server}-client`;
    parts.push(
      variables({ [`${prefix}_CERT`]: `${folder}/tls.crt`, [`${prefix}_KEY`]: `${folder}/tls.key` }),
      secretFolder(`${server}-client`, folder, { secretName: tls.client }),
    );
  }
  if (login !== undefined) {
    parts.push(
      variables({ [`${prefix}_USERNAME`]: login.username }),
      secretVariable(`${prefix}_PASSWORD`, login.password),
    );
  }
  return together(parts);
}

function secretFolder(name: string, mountPath: string, secret: Readonly<Record<string, unknown>>): ContainerParts {
  return { env: [], volumes: [{ name, secret }], mounts: [{ name, mountPath, readOnly: true }] };
}

/** A claim that is mounted. */
export function claimParts(name: string, mountPath: string, claimName: string, readOnly: boolean): ContainerParts {
  const volume = { name, persistentVolumeClaim: { claimName, ...(readOnly ? { readOnly } : {}) } };
  return { env: [], volumes: [volume], mounts: [{ name, mountPath, ...(readOnly ? { readOnly } : {}) }] };
}

/** A folder that goes with the pod. */
export function scratchParts(name: string, mountPath: string): ContainerParts {
  return { env: [], volumes: [{ name, emptyDir: {} }], mounts: [{ name, mountPath }] };
}
