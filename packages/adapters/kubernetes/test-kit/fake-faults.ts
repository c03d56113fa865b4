/**
 * What goes wrong with the fake API server. In: orders of a test. Out: errors, lost answers, silence, refusals: to calls and to
 * watches. Each order says how often it holds; what was ordered and not met stays for the next call.
 */
import { type CallOptions, callDeadlineMs, KubeError, type KubeErrorCode, type ResourceType } from '../src/index.ts';
import type { Clock } from '@tapeline/runtime';
import type { FakeWatches } from './fake-watches.ts';

/** The calls that are answered once. */
export type CallName = 'get' | 'list' | 'apply' | 'create' | 'patch' | 'delete';

/** Which calls, and how they fail. Without `call` or `kind` any; without `times` once. */
export type FaultOrder = {
  readonly call?: CallName;
  readonly kind?: string;
  readonly times?: number;
  readonly code: KubeErrorCode;
  /** The call is done and only its answer is lost. */
  readonly isDone?: boolean;
  readonly retryAfterMs?: number;
};

type Standing = { readonly order: FaultOrder; left: number };

/** The faults of one server. */
export class FakeFaults {
  readonly #clock: Clock;
  readonly #watches: FakeWatches;
  readonly #orders: Standing[] = [];
  readonly #forbidden = new Set<string>();
  #thaw: (() => void) | undefined;
  #frozen: Promise<void> | undefined;
  #isDown = false;
  #isSuspended = false;

  constructor(clock: Clock, watches: FakeWatches) {
    this.#clock = clock;
    this.#watches = watches;
  }

  /** The next calls of this kind fail. */
  fail(order: FaultOrder): void {
    this.#orders.push({ order, left: order.times ?? 1 });
  }

  /** No permission for a kind, until `allow`. */
  forbid(kind: string): void {
    this.#forbidden.add(kind);
  }

  allow(kind: string): void {
    this.#forbidden.delete(kind);
  }

  /** Every connection breaks; new ones work. */
  resetWatches(): void {
    this.#watches.endAll({ reason: 'failed', error: new KubeError('UNAVAILABLE', 'watch: ECONNRESET') });
  }

  /** The server ends every watch in order, as it does when its time is over. */
  closeWatches(): void {
    this.#watches.endAll({ reason: 'closed' });
  }

  /** The server is gone: calls and watches fail at once, until `up`. */
  down(): void {
    this.#isDown = true;
    this.resetWatches();
  }

  up(): void {
    this.#isDown = false;
  }

  /** The server stands still: nothing is answered, nothing ends, until `thaw`. */
  freeze(): void {
    this.#watches.isFrozen = true;
    this.#frozen ??= new Promise((resolve) => {
      this.#thaw = resolve;
    });
  }

  thaw(): void {
    this.#watches.isFrozen = false;
    this.#frozen = undefined;
    this.#thaw?.();
    this.#watches.tell();
  }

  /** Why a watch cannot be opened, if so. */
  refusalOfWatch(type: ResourceType): KubeError | undefined {
    if (this.#isDown) return new KubeError('UNAVAILABLE', `watch ${type.plural}: ECONNREFUSED`);
    return this.#forbidden.has(type.kind) ? forbiddenError('watch', type) : undefined;
  }

  /** Does a call that no fault touches. */
  async suspended<Value>(call: () => Promise<Value>): Promise<Value> {
    this.#isSuspended = true;
    try {
      // A call comes this far in the turn that makes it, so nobody else's slips in.
      const answer = call();
      this.#isSuspended = false;
      return await answer;
    } finally {
      this.#isSuspended = false;
    }
  }

  /** Does a call, unless a fault says otherwise. */
  async answer<Value>(call: CallName, type: ResourceType, options: CallOptions, run: () => Value): Promise<Value> {
    if (this.#isSuspended) return run();
    // Nothing is answered in the same turn: a caller that forgets to wait is found out.
    await Promise.resolve();
    if (options.signal?.aborted === true) throw new KubeError('ABORTED', `${call} ${type.kind}: stopped`);
    if (this.#frozen !== undefined) await this.#waitForThaw(call, type, options);
    if (this.#isDown) throw new KubeError('UNAVAILABLE', `${call} ${type.kind}: ECONNREFUSED`);
    if (this.#forbidden.has(type.kind)) throw forbiddenError(call, type);
    const standing = this.#orders.find(
      ({ order, left }) =>
        left > 0 && (order.call ?? call) === call && (order.kind === undefined || order.kind === type.kind),
    );
    if (standing === undefined) return run();
    standing.left -= 1;
    if (standing.order.isDone === true) run();
    const { code, retryAfterMs } = standing.order;
    const facts = retryAfterMs === undefined ? {} : { retryAfterMs };
    throw new KubeError(code, `${call} ${type.kind}: failed by order of the test`, facts);
  }

  async #waitForThaw(call: CallName, type: ResourceType, options: CallOptions): Promise<void> {
    const over = new AbortController();
    const giveUp = (): void => over.abort();
    options.signal?.addEventListener('abort', giveUp, { once: true });
    let isThawed = false;
    const thawed = this.#frozen?.then(() => {
      isThawed = true;
      over.abort();
    });
    await this.#clock.sleep(options.deadlineMs ?? callDeadlineMs, over.signal);
    options.signal?.removeEventListener('abort', giveUp);
    if (options.signal?.aborted === true) throw new KubeError('ABORTED', `${call} ${type.kind}: stopped`);
    if (!isThawed) throw new KubeError('DEADLINE', `${call} ${type.kind}: no answer in time`);
    await thawed;
  }
}

function forbiddenError(call: string, type: ResourceType): KubeError {
  return new KubeError('FORBIDDEN', `${call} ${type.plural}: no permission`, { status: 403 });
}
