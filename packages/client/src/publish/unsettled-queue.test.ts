/**
 * The queue of what is unsettled, against a plain list. In: random adds, sends, acks and reconnects. Out: what is sent is
 * always the oldest that this connection did not get, and nothing that is settled.
 */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type UnsettledBatch, UnsettledQueue } from './unsettled-queue.ts';

type Step =
  | { readonly do: 'add'; readonly ticks: number }
  | { readonly do: 'take' }
  | { readonly do: 'settle'; readonly share: number }
  | { readonly do: 'rewind' };

const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    fc.record({ do: fc.constant('add' as const), ticks: fc.integer({ min: 1, max: 5 }) }),
    fc.record({ do: fc.constant('take' as const) }),
    fc.record({ do: fc.constant('settle' as const), share: fc.double({ min: 0, max: 1, noNaN: true }) }),
    fc.record({ do: fc.constant('rewind' as const) }),
  ),
  { maxLength: 400 },
);

test('whatever happens, the next batch is the oldest unsettled one that this connection did not get', () => {
  fc.assert(
    fc.property(steps, (all) => {
      const queue = new UnsettledQueue();
      let [model, last, sent]: [UnsettledBatch[], number, number] = [[], 0, 0];
      for (const step of all) {
        if (step.do === 'add') {
          const batch = { first: last + 1, last: last + step.ticks, ticks: step.ticks, block: new Uint8Array() };
          last = batch.last;
          queue.add(batch);
          model.push(batch);
        } else if (step.do === 'take') {
          const expected = model.find((batch) => batch.first > sent);
          if (queue.take() !== expected) throw new Error(`not ${expected?.first} was taken`);
          sent = expected?.last ?? sent;
        } else if (step.do === 'settle') {
          const sequence = Math.floor(sent * step.share);
          const gone = model.filter((batch) => batch.last <= sequence);
          model = model.slice(gone.length);
          const left = gone.reduce((sum, { ticks }) => sum + ticks, 0);
          if (queue.settle(sequence) !== left) throw new Error(`not ${left} ticks left`);
        } else {
          queue.rewind();
          sent = (model[0]?.first ?? last + 1) - 1;
        }
        expect(queue.ticks).toBe(model.reduce((sum, { ticks }) => sum + ticks, 0));
        expect(queue.unsettled()).toEqual(model);
        expect(queue.isEmpty).toBe(model.length === 0);
        expect(queue.range()?.first).toBe(model[0]?.first);
      }
    }),
  );
});

test('sequences that do not rise are refused', () => {
  const queue = new UnsettledQueue();
  queue.add({ first: 1, last: 3, ticks: 3, block: new Uint8Array() });
  expect(() => queue.add({ first: 3, last: 4, ticks: 2, block: new Uint8Array() })).toThrow('do not rise');
});

test('what is dropped is never sent', () => {
  const queue = new UnsettledQueue();
  queue.add({ first: 1, last: 3, ticks: 3, block: new Uint8Array() });
  queue.drop();
  expect([queue.take(), queue.ticks, queue.isEmpty, queue.range()]).toEqual([undefined, 0, true, undefined]);
});
