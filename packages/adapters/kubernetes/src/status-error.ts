/**
 * What an answer that is no success means. In: HTTP's status, headers and body, or what the network threw. Out: a `KubeError`.
 * The API explains itself in an object of kind Status; where a proxy answered instead, HTTP's status has to do.
 */
import { KubeError, type KubeErrorCode } from './kube-error.ts';
import type { ResourceType } from './kube-object.ts';

/** A call that failed: `what` names it for people, for example `get Lease a/b`; `type` is what it was about. */
export type FailedCall = { readonly what: string; readonly type: ResourceType };

/** An answer as it came. */
export type FailedAnswer = {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
};

/** The API's own explanation; fields that it may leave out are checked one by one. */
type Status = {
  readonly kind?: unknown;
  readonly code?: unknown;
  readonly reason?: unknown;
  readonly message?: unknown;
  readonly details?: { readonly name?: unknown; readonly retryAfterSeconds?: unknown } | null;
};

const messageCharsMax = 1_000;

/** What a person does where nothing else than the code is known; the others have their remedy in the server's words. */
const remedies: Partial<Readonly<Record<KubeErrorCode, string>>> = {
  UNAUTHENTICATED: 'log in again, or correct the user in the kubeconfig',
  FORBIDDEN: 'bind a role that allows it, or use another user; kubectl auth can-i --list shows what this one may',
  UNAVAILABLE: 'try again; if it stays so, look at the API server',
  UNEXPECTED: 'is that the address of an API server, with nothing else in between?',
};

/** The error of an answer. */
export function errorOfAnswer(call: FailedCall, answer: FailedAnswer): KubeError {
  const status = statusIn(answer.body);
  const said = status === undefined ? answer.body.trim() : text(status.message);
  const retryAfterMs = retryAfterOf(answer.headers, status);
  const code = codeOf(answer.status, text(status?.reason));
  const message =
    code === 'NOT_FOUND' && !isObjectMissing(answer)
      ? unknownType(call)
      : sentence(call.what, answer.status, said, code);
  return new KubeError(code, message, {
    status: answer.status,
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  });
}

/** The error that a watch tells in its stream, as an object of kind Status. */
export function errorInStream(what: string, object: unknown): KubeError {
  const status = isStatus(object) ? object : {};
  const answered = typeof status.code === 'number' ? status.code : 500;
  const code = codeOf(answered, text(status.reason));
  return new KubeError(code, sentence(what, answered, text(status.message), code), { status: answered });
}

/** The error of a call that got no answer. */
export function errorOfNetwork(what: string, server: string, cause: unknown): KubeError {
  const reason = networkReason(cause);
  const remedy = /CERT|SIGNATURE|SSL|TLS/.test(reason)
    ? "correct the cluster's certificate-authority in the kubeconfig"
    : 'does the API server run, and is that its address?';
  return new KubeError('UNAVAILABLE', `${what}: no answer from ${server} (${reason}); ${remedy}`, { cause });
}

/** Whether the server knows the type and says that there is no such object, rather than that there is no such path. */
export function isObjectMissing(answer: FailedAnswer): boolean {
  if (answer.status !== 404) return false;
  const status = statusIn(answer.body);
  return text(status?.reason) === 'NotFound' && text(status?.details?.name) !== '';
}

function codeOf(status: number, reason: string): KubeErrorCode {
  switch (reason) {
    case 'AlreadyExists':
      return 'ALREADY_EXISTS';
    case 'Expired':
    case 'Gone':
      return 'GONE';
    default:
  }
  switch (status) {
    case 400:
    case 413:
    case 422:
      return 'INVALID';
    case 401:
      return 'UNAUTHENTICATED';
    case 403:
      return 'FORBIDDEN';
    case 404:
      return 'NOT_FOUND';
    case 409:
      return 'CONFLICT';
    case 410:
      return 'GONE';
    case 408:
    case 429:
      return 'UNAVAILABLE';
    default:
      return status >= 500 ? 'UNAVAILABLE' : 'UNEXPECTED';
  }
}

function sentence(what: string, status: number, said: string, code: KubeErrorCode): string {
  const short = said.length > messageCharsMax ? `${said.slice(0, messageCharsMax)}…` : said;
  const remedy = remedies[code];
  const fact = `${what}: ${short === '' ? 'the server gave no reason' : short} (HTTP ${status})`;
  return remedy === undefined ? fact : `${fact}; ${remedy}`;
}

function unknownType({ what, type }: FailedCall): string {
  const { group, version, plural, madeKnownBy = 'compare kubectl api-resources' } = type;
  const name = group === '' ? plural : `${plural}.${group}`;
  return `${what}: the cluster does not know ${name} ${version}: ${madeKnownBy}, or choose the cluster that has it`;
}

function statusIn(body: string): Status | undefined {
  // A Status is JSON; a page of a proxy, or "404 page not found", is not.
  if (!body.startsWith('{')) return undefined;
  try {
    const value: unknown = JSON.parse(body);
    return isStatus(value) ? value : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function isStatus(value: unknown): value is Status {
  return typeof value === 'object' && value !== null && (value as Status).kind === 'Status';
}

function retryAfterOf(headers: Readonly<Record<string, string>>, status: Status | undefined): number | undefined {
  const named = status?.details?.retryAfterSeconds;
  const seconds = typeof named === 'number' && named > 0 ? named : Number(headers['retry-after']);
  return Number.isFinite(seconds) && seconds > 0 ? seconds * 1_000 : undefined;
}

function networkReason(cause: unknown): string {
  // fetch says "fetch failed"; what failed is underneath.
  let reason = cause;
  for (let depth = 0; depth < 4 && reason instanceof Error && reason.cause instanceof Error; depth += 1) {
    reason = reason.cause;
  }
  if (!(reason instanceof Error)) return String(reason);
  return 'code' in reason && typeof reason.code === 'string' ? `${reason.code}: ${reason.message}` : reason.message;
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
