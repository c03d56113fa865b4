/**
 * No acknowledged row is ever missed, whatever replication is declared one after the other. In: a life of one store: rows that are written
 * to any quorum, declarations, rounds that die before their status is written, objects that are made anew, repairs, cleanups. The
 * rule: after each step every quorum of the copies has a copy of every row.
 */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { StoreObserved } from '../observe/store-observed.ts';
import { storeOf } from '../../test-kit/stream-world.ts';
import { decideStore, type StoreStatus } from './decide-store.ts';
import { seen } from './failure.ts';

const nodesMax = 5;
/** Enough for the longest way, from one copy to five or back, with a repair between any two changes. */
const roundsToTheEnd = 20;

type Step =
  | { readonly kind: 'write'; readonly order: readonly number[] }
  | { readonly kind: 'declare'; readonly copies: number }
  | { readonly kind: 'pause'; readonly isPaused: boolean }
  | { readonly kind: 'disagree'; readonly isAgreed: boolean }
  | { readonly kind: 'round' | 'dying round' | 'person' | 'cleanup' | 'make anew' };

function quorumOf(copies: number): number {
  return Math.floor(copies / 2) + 1;
}

/** A keyspace whose copies lie on the first nodes, so that the last one comes and goes; and the store that declares it. */
class Life {
  copies = 1;
  wanted = 1;
  isPaused = false;
  isAgreed = true;
  /** The nodes that have each row. */
  readonly rows: Set<number>[] = [];
  status: StoreStatus | undefined;
  #repaired = '';
  #object = 1;
  #generation = 1;

  do(step: Step): void {
    switch (step.kind) {
      case 'write':
        this.rows.push(new Set(step.order.filter((node) => node < this.copies).slice(0, quorumOf(this.copies))));
        return;
      case 'declare':
        this.wanted = step.copies;
        this.#generation += 1;
        return;
      case 'pause':
        this.isPaused = step.isPaused;
        this.#generation += 1;
        return;
      case 'disagree':
        this.isAgreed = step.isAgreed;
        return;
      case 'round':
      case 'dying round':
        this.#round(step.kind === 'round');
        return;
      case 'person':
        this.#person();
        return;
      case 'cleanup':
        for (const row of this.rows) for (const node of row) if (node >= this.copies) row.delete(node);
        return;
      case 'make anew':
        [this.status, this.#repaired] = [undefined, ''];
        this.#object += 1;
        this.#generation = 1;
    }
  }

  /** Rows that a read at quorum may miss. */
  missed(): readonly Set<number>[] {
    const without = this.copies - quorumOf(this.copies);
    return this.rows.filter((row) => [...row].filter((node) => node < this.copies).length <= without);
  }

  told(): { readonly reason: string; readonly message: string } | undefined {
    return this.status?.conditions.find(({ type }) => type === 'ReplicationConsistent');
  }

  #round(isTold: boolean): void {
    const annotations = { 'tapeline.dev/repaired': this.#repaired };
    const store = storeOf({
      metadata: { uid: `uid-${this.#object}`, generation: this.#generation, annotations },
      spec: { replication: { dc1: this.wanted }, paused: this.isPaused },
      ...(this.status === undefined ? {} : { status: this.status }),
    });
    const decision = decideStore(store, this.#observed());
    for (const { effect } of decision.actions) {
      if (effect.kind === 'set-replication') this.copies = effect.replication['dc1'] ?? 0;
    }
    if (isTold) this.status = decision.status;
  }

  /** Does what the condition says: it repairs, and then sets the annotation. */
  #person(): void {
    const { reason, message } = this.told() ?? { reason: '', message: '' };
    if (reason !== 'RepairNeeded') return;
    for (const row of this.rows) for (let node = 0; node < this.copies; node += 1) row.add(node);
    this.#repaired = /tapeline\.dev\/repaired=([\w-]+)/.exec(message)?.[1] ?? '';
  }

  #observed(): StoreObserved {
    const nodes = Array.from({ length: nodesMax }, (_, n) => ({
      address: `10.0.0.${n}`,
      dataCenter: 'dc1',
      schemaVersion: this.isAgreed ? `v${this.copies}` : `v${n}`,
    }));
    const keyspace = {
      replication: { dc1: this.copies },
      tables: [],
      migration: 1,
      missingMigrations: [],
      migrationFault: undefined,
      tablesFault: undefined,
    };
    return { others: [], streams: [], cluster: seen({ nodes, keyspace }), failed: undefined };
  }
}

function often(kind: 'round' | 'dying round' | 'person' | 'cleanup' | 'make anew'): fc.Arbitrary<Step> {
  return fc.constant({ kind });
}

const order = fc.shuffledSubarray([0, 1, 2, 3, 4], { minLength: nodesMax });
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('write' as const), order }) },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant('declare' as const), copies: fc.integer({ min: 1, max: nodesMax }) }),
  },
  { weight: 6, arbitrary: often('round') },
  { weight: 2, arbitrary: often('dying round') },
  { weight: 3, arbitrary: often('person') },
  { weight: 1, arbitrary: often('cleanup') },
  { weight: 1, arbitrary: often('make anew') },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('pause' as const), isPaused: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('disagree' as const), isAgreed: fc.boolean() }) },
);

test('every acknowledged row is in every quorum, whatever is declared, whoever dies, and it ends as declared', () => {
  let changes = 0;
  const holds = fc.property(fc.array(step, { minLength: 1, maxLength: 80, size: 'max' }), (steps) => {
    const life = new Life();
    for (const each of steps) {
      const before = life.copies;
      life.do(each);
      if (life.copies !== before) changes += 1;
      expect(life.missed()).toEqual([]);
    }
    life.do({ kind: 'pause', isPaused: false });
    life.do({ kind: 'disagree', isAgreed: true });
    for (let n = 0; n < roundsToTheEnd; n += 1) {
      life.do({ kind: 'round' });
      life.do({ kind: 'person' });
      expect(life.missed()).toEqual([]);
    }
    expect([life.copies, life.told()?.reason]).toEqual([life.wanted, 'AsDeclared']);
  });
  fc.assert(holds, { numRuns: 1_000 });
  expect(changes).toBeGreaterThan(300);
});
