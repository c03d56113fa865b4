/**
 * A coordinator over a `control` that does as it is told, one effect after the other. In: what is wanted, and what becomes of effects where
 * that is not the good end. Out: the effects that it asked for and the news that it told, in their order.
 */
import { controlKeyOf } from '../src/placement/control-keys.ts';
import { type ControlRecord, followControl } from '../src/placement/control-view.ts';
import {
  type CoordinatorConfig,
  type CoordinatorEffect,
  type CoordinatorNews,
  type CoordinatorSight,
  coordinatorDefaults,
  type EffectResult,
} from '../src/placement/coordinator-types.ts';
import { MoveCoordinator } from '../src/placement/move-coordinator.ts';

/** What the test does with an effect in place of its good end. */
export type Answer = (effect: CoordinatorEffect) => EffectResult | undefined;

/** More than any test asks for: a loop without an end is a failure and no wait. */
const effectsMax = 1_000;

/** The coordinator, and the end of the log that it writes to. */
export class LedCoordinator {
  readonly coordinator: MoveCoordinator;
  readonly news: CoordinatorNews[] = [];
  readonly effects: CoordinatorEffect[] = [];
  sight: CoordinatorSight = { partitions: 4, logTimeMs: 0, unfit: new Map(), writers: [], reports: [] };
  nowMs = 0;
  #offset = 0;

  /** It starts on 4 partitions, without Prepares unless `config` says otherwise. */
  constructor(config: Partial<CoordinatorConfig> = {}) {
    const all = { ...coordinatorDefaults, prepareMsMax: 0, ...config };
    this.coordinator = new MoveCoordinator(4, all, (news) => this.news.push(news));
    this.coordinator.see(this.sight);
  }

  /** What is told so far, by name. */
  get told(): readonly string[] {
    return this.news.map(({ event, end, refusal }) => [event, end, refusal].filter(Boolean).join(' '));
  }

  /** A record of anybody lands, and is read. */
  lands(record: ControlRecord): number {
    const { view, outcome } = followControl(this.coordinator.view, record);
    const offset = this.#offset;
    this.#offset += 1;
    const read = { offset, key: controlKeyOf(record), isTakenOut: false, record, outcome, view };
    this.coordinator.read(read, this.nowMs);
    return offset;
  }

  /** Sees another sight from now on. */
  see(sight: Partial<CoordinatorSight>): void {
    this.sight = { ...this.sight, ...sight };
    this.coordinator.see(this.sight);
  }

  /** Carries out what it asks for until it asks for nothing; answers the kinds, in order. */
  run(answer: Answer = () => undefined): readonly string[] {
    const kinds: string[] = [];
    for (;;) {
      const effect = this.coordinator.next(this.nowMs);
      if (effect === undefined) return kinds;
      if (kinds.length >= effectsMax) throw new RangeError(`it asks for more than ${effectsMax} things at once`);
      this.effects.push(effect);
      kinds.push(effect.kind === 'append-control' ? effect.record.kind : effect.kind);
      this.coordinator.done(effect, answer(effect) ?? this.#goodEnd(effect), this.nowMs);
    }
  }

  #goodEnd(effect: CoordinatorEffect): EffectResult {
    switch (effect.kind) {
      case 'append-control':
        return { kind: 'appended', offset: this.lands(effect.record) };
      case 'take-out': {
        const { view } = this.coordinator;
        const offset = this.#offset;
        this.#offset += 1;
        const read = { offset, key: effect.key, isTakenOut: true, record: undefined, outcome: undefined, view };
        this.coordinator.read(read, this.nowMs);
        return { kind: 'appended', offset };
      }
      case 'settle':
        return { kind: 'settled', held: effect.homes.map(() => undefined) };
      case 'append-entries':
        return { kind: 'entries', durable: effect.records.map(({ partition }) => partition) };
      case 'add-partitions':
        return { kind: 'grown', partitions: effect.count };
    }
  }
}
