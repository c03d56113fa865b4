/**
 * A Lease of `coordination.k8s.io` as leader election uses it. In: the object, or none. Out: who holds it and since which term,
 * and the fields to write. Its times are for people; nobody decides by them, since clocks differ.
 */
import type { KubeObject } from '@tapeline/kubernetes';

/** What a lease says. */
export type LeaseRecord = {
  /** Who holds it; empty when it was let go of. */
  readonly holder: string;
  /** How long it holds after each renewal, ms. */
  readonly durationMs: number;
  /** Which term this is: it rises with each new holder, and is the fencing token. */
  readonly transitions: number;
  readonly acquireTime: string;
  readonly renewTime: string;
  readonly resourceVersion: string;
};

/** Reads a lease; fields that are missing count as let go of. */
export function leaseRecordOf(object: KubeObject): LeaseRecord {
  const spec = (object['spec'] ?? {}) as Readonly<Record<string, unknown>>;
  return {
    holder: textOf(spec['holderIdentity']),
    durationMs: numberOf(spec['leaseDurationSeconds']) * 1_000,
    transitions: numberOf(spec['leaseTransitions']),
    acquireTime: textOf(spec['acquireTime']),
    renewTime: textOf(spec['renewTime']),
    resourceVersion: object.metadata.resourceVersion ?? '',
  };
}

/**
 * The first term of a lease that does not exist: minutes since 1970. Who deletes the lease makes no term of the past come
 * again, as long as leaders change less than once a minute over the years. It fits the 32 bits of the field until the year 6052.
 */
export function firstTransitions(nowMs: number): number {
  return Math.floor(nowMs / 60_000);
}

/** A time as the API wants it, with microseconds. */
export function microTime(nowMs: number): string {
  return new Date(nowMs).toISOString().replace('Z', '000Z');
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function numberOf(value: unknown): number {
  return typeof value === 'number' && Number.isFinite(value) ? value : 0;
}
