/** Law 1: a fold that goes on from its snapshot after every record puts out what one does that never stopped. */
import { expect, test } from 'vitest';
import { plainTerms, ScriptedPublisher } from '../../test-kit/scripted-publisher.ts';
import { ScriptedTape } from '../../test-kit/scripted-tape.ts';

/** A tape that restarts after every record, or never. */
class RestartingTape extends ScriptedTape {
  readonly #restarts: boolean;

  constructor(restarts: boolean, config: ConstructorParameters<typeof ScriptedTape>[0] = {}) {
    super(config);
    this.#restarts = restarts;
  }

  override append(...record: Parameters<ScriptedTape['append']>): ReturnType<ScriptedTape['append']> {
    const output = super.append(...record);
    if (this.#restarts) this.restart();
    return output;
  }
}

const openMs = 52_200_000;
const terms = { ...plainTerms, calendar: 'XNYS' };

/** What each script needs the snapshot for, and the script: it must end with something that shows. */
const scripts: Record<string, (tape: ScriptedTape, a: ScriptedPublisher, b: ScriptedPublisher) => void> = {
  'open bars of live ticks': (tape, a) => {
    tape.append(0, a.block(a.trade(0, 10), a.trade(1_000, 20)));
    tape.append(0, a.block(a.trade(10, 30)));
    tape.append(60_000);
  },
  'open bars of a replay': (tape, _, b) => {
    tape.append(0, b.block(b.trade(0, 10), b.trade(20, 5)));
    tape.append(0, b.block(b.trade(1_000, 20)));
    tape.append(0, b.end());
  },
  'sums beyond 2^53': (tape, a) => {
    tape.append(0, a.block(a.trade(0, 1), a.trade(1, 3_000_000_007, 3_000_000_019)));
    tape.append(0, a.block(a.trade(2, 3_000_000_007, 3_000_000_019)));
    tape.append(1_000);
  },
  'prices further apart than 2^53': (tape, a) => {
    tape.append(0, a.block(a.trade(0, Number.MAX_SAFE_INTEGER), a.trade(1, -Number.MAX_SAFE_INTEGER)));
    tape.append(1_000);
  },
  'ticks that are held': (tape, a) => {
    tape.append(0, a.block(a.trade(0, 10)));
    const missing = a.skip();
    tape.append(0, a.block(a.trade(20, 30)));
    expect(tape.fold.heldTicks).toBe(1);
    tape.append(0, a.block(a.trade(10, 20, 1, missing)));
    expect(tape.fold.heldTicks).toBe(0);
    tape.append(1_000);
  },
  'holes of a declared gap': (tape, a) => {
    tape.append(0, a.block(a.trade(0, 10)));
    const missing = a.skip();
    tape.append(0, a.block(a.trade(20, 30)));
    tape.pass(60_000);
    tape.append(60_000, a.block(a.trade(10, 20, 1, missing)));
  },
  'bars that left': (tape, a, b) => {
    tape.append(0, a.block(a.trade(0, 10)));
    tape.append(121_000);
    tape.append(121_000, b.block(b.trade(1, 11)), b.end());
  },
  'amendments that wait': (tape, a, b) => {
    tape.append(0, a.block(a.trade(0, 10)));
    tape.append(0, a.block(a.cancel(500, 'x')));
    tape.append(0, b.block(b.trade(5, 99, 1, { tradeId: 'x' })), b.end());
    tape.append(1_000);
  },
  'trades that were amended': (tape, a) => {
    tape.append(0, a.block(a.trade(0, 10), a.trade(1, 20)));
    tape.append(0, a.block(a.correct(500, 1, 15)));
    tape.append(0, a.block(a.cancel(600, 2)));
    tape.append(1_000);
  },
  'ticks that were not applied where they stand': (tape, a) => {
    const [first, second, third] = [a.trade(0, 10), a.trade(1, 20), a.trade(2, 30)] as const;
    tape.append(0, a.block(first, second));
    tape.append(0, a.block(second, third));
    tape.append(0, a.block(a.cancel(500, 1)));
    tape.append(1_000);
  },
  'the first trade of the day': (tape, a) => {
    tape.append(openMs, a.block(a.trade(openMs, 10, 1, { terms })));
    tape.append(openMs + 130_000);
    tape.append(openMs + 130_000, a.block(a.trade(openMs + 130_000, 20, 1, { terms, conditions: ['Z'] })));
    tape.append(openMs + 131_000);
  },
  'a Progress that waits': (tape, _, b) => {
    tape.append(0, b.block(b.trade(0, 10)));
    const missing = b.skip();
    tape.append(0, b.progress(1_000));
    tape.append(0, b.block(b.trade(10, 11, 1, missing)));
  },
  'the last sign of life': (tape, _, b) => {
    tape.append(0, b.block(b.trade(0, 10)));
    tape.pass(300_000);
    tape.append(300_000, b.block(b.trade(1, 11)));
    tape.pass(899_999);
    tape.append(900_000);
  },
};

function tapeOf(name: string, restarts: boolean): ScriptedTape {
  const tape = new RestartingTape(restarts, { intervals: ['1s', '1m'], profiles: ['all', 'sip'] });
  scripts[name]!(tape, new ScriptedPublisher('live', 1), new ScriptedPublisher('replay', 2));
  return tape;
}

test.each(Object.keys(scripts))('restarts after every record change nothing: %s', (name) => {
  const steady = tapeOf(name, false);
  const restarted = tapeOf(name, true);
  expect(restarted.bars).toEqual(steady.bars);
  expect(restarted.notices).toEqual(steady.notices);
  expect(restarted.fold.counters).toEqual(steady.fold.counters);
  expect(restarted.fold.snapshot()).toEqual(steady.fold.snapshot());
  expect(steady.bars.length).toBeGreaterThan(0);
});

test('records that come again are passed over', () => {
  const [tape, a] = [new ScriptedTape(), new ScriptedPublisher('live')];
  tape.append(0, a.block(a.trade(0, 10)));
  tape.append(1_000, a.block(a.trade(1, 20)));
  const before = tape.fold.snapshot();
  expect(tape.fold.step(tape.records)).toEqual({ bars: [], notices: [], emissions: [], moved: [] });
  expect(tape.fold.snapshot()).toEqual(before);
});
