/**
 * Answers of HTTP. In: values, texts, files, refusals. Out: status, headers and body. Errors are JSON with a code of the
 * contract, a sentence and the facts. Every answer forbids guessing its type.
 */
import { RpcError, type RpcStatus } from '@tapeline/grpc';

/** A whole answer. */
export type HttpAnswer = {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array;
};

/** A refusal of HTTP itself, which no gRPC status stands for. */
export class HttpRefusal extends Error {
  override name = 'HttpRefusal';
  readonly status: number;
  readonly code: string;
  readonly headers: Readonly<Record<string, string>>;

  constructor(status: number, code: string, message: string, headers: Readonly<Record<string, string>> = {}) {
    super(message);
    this.status = status;
    this.code = code;
    this.headers = headers;
  }
}

const codeOfStatus: Partial<Record<RpcStatus, number>> = {
  INVALID_ARGUMENT: 400,
  NOT_FOUND: 404,
  OUT_OF_RANGE: 410,
  RESOURCE_EXHAUSTED: 429,
  UNAVAILABLE: 503,
  DEADLINE_EXCEEDED: 504,
};

/** A value as JSON. */
export function jsonAnswer(
  value: unknown,
  status: number = 200,
  headers: Readonly<Record<string, string>> = {},
): HttpAnswer {
  return {
    status,
    headers: { 'content-type': 'application/json; charset=utf-8', 'cache-control': 'no-store', ...headers },
    body: JSON.stringify(value),
  };
}

/** What an error is answered with; `undefined` = a defect, which is for the log. */
export function problemAnswer(error: unknown): HttpAnswer | undefined {
  if (error instanceof HttpRefusal) return errorAnswer(error.status, error.code, error.message, {}, error.headers);
  if (!(error instanceof RpcError)) return undefined;
  const status = codeOfStatus[error.status];
  if (status === undefined) return undefined;
  const retry: Readonly<Record<string, string>> = status === 429 || status === 503 ? { 'retry-after': '1' } : {};
  return errorAnswer(status, error.reason, error.message, error.facts, retry);
}

/** The answer to a request that met a defect. */
export function defectAnswer(): HttpAnswer {
  return errorAnswer(500, 'INTERNAL', 'this process met a defect while it answered; its log says which', {});
}

function errorAnswer(
  status: number,
  code: string,
  message: string,
  facts: Readonly<Record<string, string>>,
  headers: Readonly<Record<string, string>> = {},
): HttpAnswer {
  return jsonAnswer({ error: { code, message, facts } }, status, headers);
}
