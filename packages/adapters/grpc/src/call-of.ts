/**
 * What a handler sees of its call. In: the library's call and its guard. Out: a `GrpcCall`; nothing of the library shows
 * through it.
 */
import type { Metadata } from '@grpc/grpc-js';
import type { Clock } from '@tapeline/runtime';
import type { GuardedCall } from './guarded-call.ts';
import type { GrpcCall } from './service-definition.ts';

type LibraryCall = { readonly metadata: Metadata; getPeer(): string; getDeadline(): Date | number };

/** The call in our words. */
export function callOf(guard: GuardedCall, from: LibraryCall, clock: Clock): GrpcCall {
  const deadline = Number(from.getDeadline());
  return {
    signal: guard.signal,
    ...(deadline === Infinity ? {} : { deadlineMs: Math.max(0, deadline - clock.nowMs()) }),
    peer: from.getPeer(),
    metadata: textsOf(from.metadata),
    abort: (error) => guard.fail(error),
  };
}

function textsOf(metadata: Metadata): ReadonlyMap<string, string> {
  const texts = new Map<string, string>();
  for (const [key, value] of Object.entries(metadata.getMap())) if (typeof value === 'string') texts.set(key, value);
  return texts;
}
