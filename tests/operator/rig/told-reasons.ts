/**
 * What the operator tells. In: a watch on one kind. Out: every reason that any object's conditions ever had, counted, also those that
 * were there for a moment, and what each object says now.
 */
import { type KubeApi, type KubeObject, type ResourceType } from '@tapeline/kubernetes';
import { silentLogger, systemClock, systemRandom } from '@tapeline/runtime';
import { conditionsIn } from '../../../operator/src/runtime/conditions.ts';
import { Informer } from '../../../operator/src/runtime/informer.ts';

/** Reasons by condition, as a kind exports them. */
export type ReasonsByType = Readonly<Record<string, readonly string[]>>;

/** Listens until it ends. */
export class ToldReasons {
  readonly #over = new AbortController();
  readonly #informer: Informer;
  readonly #running: Promise<void>;
  readonly #counts = new Map<string, number>();

  constructor(api: KubeApi, type: ResourceType, namespace: string) {
    const parts = { clock: systemClock, random: systemRandom, logger: silentLogger };
    this.#informer = new Informer({ api, type, namespace, ...parts });
    this.#informer.listen({
      changed: ({ object, before }) => {
        for (const [key] of reasonsOf(object)) {
          if (reasonsOf(before).has(key)) continue;
          this.#counts.set(key, (this.#counts.get(key) ?? 0) + 1);
        }
      },
    });
    this.#running = this.#informer.run(this.#over.signal);
  }

  /** Reasons of the kind that no object ever had, as `Condition Reason`. */
  missing(reasons: ReasonsByType): readonly string[] {
    return keysOf(reasons).filter((key) => !this.#counts.has(key));
  }

  /** How often each was entered, a line for each condition. */
  lines(reasons: ReasonsByType): readonly string[] {
    return Object.entries(reasons).map(([type, of]) => {
      const counted = of.map((reason) => `${reason} ${this.#counts.get(`${type} ${reason}`) ?? 0}`);
      return `${type}: ${counted.join(', ')}`;
    });
  }

  /** Ends the watch. */
  async end(): Promise<void> {
    this.#over.abort();
    await this.#running;
  }
}

/** Conditions of an object as `Condition Reason`, with their messages. */
export function reasonsOf(object: KubeObject | undefined): ReadonlyMap<string, string> {
  return new Map(conditionsIn(object?.['status']).map(({ type, reason, message }) => [`${type} ${reason}`, message]));
}

function keysOf(reasons: ReasonsByType): readonly string[] {
  return Object.entries(reasons).flatMap(([type, of]) => of.map((reason) => `${type} ${reason}`));
}
