/**
 * The statuses of gRPC by name. In: a name or a number of the wire. Out: the other one. `OK` is none of them: a call
 * that went well answers, it does not throw.
 */

/** Every status but OK, in the order of its number, which begins with 1. */
export const rpcStatuses = [
  'CANCELLED',
  'UNKNOWN',
  'INVALID_ARGUMENT',
  'DEADLINE_EXCEEDED',
  'NOT_FOUND',
  'ALREADY_EXISTS',
  'PERMISSION_DENIED',
  'RESOURCE_EXHAUSTED',
  'FAILED_PRECONDITION',
  'ABORTED',
  'OUT_OF_RANGE',
  'UNIMPLEMENTED',
  'INTERNAL',
  'UNAVAILABLE',
  'DATA_LOSS',
  'UNAUTHENTICATED',
] as const;

/** How a call failed. */
export type RpcStatus = (typeof rpcStatuses)[number];

/** The number on the wire, 1 to 16. */
export function codeOfStatus(status: RpcStatus): number {
  return rpcStatuses.indexOf(status) + 1;
}

/** The name of a number of the wire; `UNKNOWN`, as gRPC has it, for a number that has none. */
export function statusOfCode(code: number): RpcStatus {
  return rpcStatuses[code - 1] ?? 'UNKNOWN';
}
