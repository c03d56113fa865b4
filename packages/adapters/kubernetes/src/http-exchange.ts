/**
 * One request and its answer. In: method, path, query, body, a deadline and a signal. Out: the answer's text, or a `KubeError`.
 * Whatever happens, both timer and connection are let go of before it returns.
 */
import { HttpMethod, IsomorphicFetchHttpLibrary, type ResponseContext } from '@kubernetes/client-node';
import type { Clock } from '@tapeline/runtime';
import type { Cluster } from './kube-access.ts';
import { callDeadlineMs, type CallOptions } from './kube-api.ts';
import { KubeError } from './kube-error.ts';
import type { ResourceType } from './kube-object.ts';
import { errorOfAnswer, errorOfNetwork, type FailedAnswer } from './status-error.ts';

/** The methods that are used. */
export type Method = 'GET' | 'POST' | 'PATCH' | 'DELETE';

/** What is asked. `what` names it for people, for example `get Lease a/b`; `type` is what it is about. */
export type Asked = {
  readonly what: string;
  readonly type: ResourceType;
  readonly method: Method;
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: { readonly contentType: string; readonly value: unknown };
};

/** One call that was made, for metrics; `status` is HTTP's, or `<error>` where there was no answer. */
export type CallFacts = { readonly method: Method; readonly status: string; readonly host: string };

/** The cluster, and who is told about calls. */
export type ExchangeParts = {
  readonly cluster: Cluster;
  readonly clock: Clock;
  readonly onCall?: (facts: CallFacts) => void;
  /** A warning of the server about what was sent, for example a field that it does not know. */
  readonly onWarning?: (what: string, warning: string) => void;
};

/** Sends requests. */
export class Exchange {
  readonly #parts: ExchangeParts;
  readonly #http = new IsomorphicFetchHttpLibrary();
  readonly #host: string;

  constructor(parts: ExchangeParts) {
    this.#parts = parts;
    this.#host = new URL(parts.cluster.server).host;
  }

  /** The clock of deadlines. */
  get clock(): Clock {
    return this.#parts.clock;
  }

  /** The text of a success, parsed; `whenMissing` for an object that is not there, else NOT_FOUND. */
  async ask<Missing>(
    asked: Asked,
    options: CallOptions,
    whenMissing?: (answer: FailedAnswer) => Missing | undefined,
  ): Promise<Missing | Record<string, unknown>> {
    return await this.#inTime(asked, options, async (signal) => {
      const response = await this.open(asked, signal);
      const body = await response.body.text();
      if (response.httpStatusCode >= 200 && response.httpStatusCode < 300) return parsed(asked, body);
      const answer = { status: response.httpStatusCode, headers: response.headers, body };
      const missing = whenMissing?.(answer);
      if (missing !== undefined) return missing;
      throw errorOfAnswer(asked, answer);
    });
  }

  /** The answer as soon as its head is there, whatever its status. Errors are those of the network. */
  async open(asked: Asked, signal: AbortSignal): Promise<ResponseContext> {
    const { cluster, onCall, onWarning } = this.#parts;
    const request = await cluster.credentials.request(asked.path, HttpMethod[asked.method], asked.query ?? {});
    request.setHeaderParam('Accept', 'application/json');
    request.setHeaderParam('User-Agent', 'tapeline');
    if (asked.body !== undefined) {
      request.setHeaderParam('Content-Type', asked.body.contentType);
      request.setBody(JSON.stringify(asked.body.value));
    }
    request.setSignal(signal);
    let response: ResponseContext;
    try {
      response = await this.#http.send(request).toPromise();
    } catch (error) {
      onCall?.({ method: asked.method, status: '<error>', host: this.#host });
      // Perhaps the server's certificate is another by now; a call that we ended says nothing of the kind.
      if (!signal.aborted) cluster.credentials.renew();
      throw error;
    }
    if (response.httpStatusCode === 401) cluster.credentials.renew();
    onCall?.({ method: asked.method, status: String(response.httpStatusCode), host: this.#host });
    const warning = response.headers['warning'];
    if (warning !== undefined) onWarning?.(asked.what, warning);
    return response;
  }

  /** The error of what the network threw; a `KubeError` stays what it is. */
  errorOf(asked: Asked, thrown: unknown): KubeError {
    return thrown instanceof KubeError ? thrown : errorOfNetwork(asked.what, this.#host, thrown);
  }

  async #inTime<Value>(
    asked: Asked,
    { signal, deadlineMs = callDeadlineMs }: CallOptions,
    call: (signal: AbortSignal) => Promise<Value>,
  ): Promise<Value> {
    if (isStopped(signal)) throw new KubeError('ABORTED', `${asked.what}: stopped before it was sent`);
    const over = new AbortController();
    const done = new AbortController();
    let isLate = false;
    const giveUp = (): void => over.abort();
    signal?.addEventListener('abort', giveUp, { once: true });
    const timer = this.clock.sleep(Math.max(1, deadlineMs), done.signal).then(() => {
      if (done.signal.aborted) return;
      isLate = true;
      over.abort();
    });
    try {
      return await call(over.signal);
    } catch (error) {
      if (isStopped(signal)) throw new KubeError('ABORTED', `${asked.what}: stopped while it ran`, { cause: error });
      if (isLate) {
        throw new KubeError('DEADLINE', lateSentence(asked, this.#host, deadlineMs), { cause: error });
      }
      throw this.errorOf(asked, error);
    } finally {
      signal?.removeEventListener('abort', giveUp);
      done.abort();
      await timer;
    }
  }
}

function lateSentence({ what, method }: Asked, host: string, deadlineMs: number): string {
  const unsure = method === 'GET' ? '' : '; it may have been done all the same';
  const remedy = 'is the API server overloaded, or a firewall in between?';
  return `${what}: no answer from ${host} in ${deadlineMs} ms${unsure}; ${remedy}`;
}

function isStopped(signal: AbortSignal | undefined): boolean {
  return signal?.aborted === true;
}

function parsed(asked: Asked, body: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch (error) {
    throw new KubeError('UNEXPECTED', `${asked.what}: a success that is no JSON; is a proxy in between?`, {
      cause: error,
    });
  }
  if (typeof value === 'object' && value !== null) return value as Record<string, unknown>;
  throw new KubeError('UNEXPECTED', `${asked.what}: a success that is no object; is a proxy in between?`);
}
