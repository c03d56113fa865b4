/**
 * What all forming bars must do, in one process or from one to another. In: a way to make ones that are new. Out: tests of
 * the seam `FormingBars`; they are outside law 5, so nothing here asks for revisions.
 */
import type { Bar, FormingBars } from '@tapeline/domain';
import { describe, expect, test } from 'vitest';
import { sampleBar } from '../../services/worker/test-kit/sample-bar.ts';

/** Forming bars with two sides, which may be one. */
export type FormingBarsUnderTest = {
  /** Where one listens and wants. */
  readonly forming: FormingBars;
  /** Publishes bars of one instrument where they are made; resolves once whoever listens has heard them. */
  readonly publish: (bars: readonly Bar[]) => Promise<void>;
};

/** Forming bars whose two sides are one. */
export function withinOneProcess(forming: FormingBars): FormingBarsUnderTest {
  return { forming, publish: async (bars) => forming.publish(bars) };
}

/** Tests of a kind of forming bars. */
export function formingBarsSuite(name: string, make: () => FormingBarsUnderTest | Promise<FormingBarsUnderTest>): void {
  describe(`${name} as forming bars`, () => {
    test('everybody who listens hears every publication, in order, until they stop', async () => {
      const { forming, publish } = await make();
      const heard: (readonly Bar[])[] = [];
      const alsoHeard: (readonly Bar[])[] = [];
      const stop = forming.subscribe((bars) => heard.push(bars));
      await publish([barOf('A')]);
      const alsoStop = forming.subscribe((bars) => alsoHeard.push(bars));
      await publish([barOf('B'), barOf('B', 60)]);
      stop();
      stop();
      await publish([barOf('C')]);
      alsoStop();
      await publish([barOf('D')]);
      expect(heard).toEqual([[barOf('A')], [barOf('B'), barOf('B', 60)]]);
      expect(alsoHeard).toEqual([[barOf('B'), barOf('B', 60)], [barOf('C')]]);
    });

    test('one listener twice hears twice, and stops once for each', async () => {
      const { forming, publish } = await make();
      let heard = 0;
      const hear = (): void => void (heard += 1);
      const stop = forming.subscribe(hear);
      forming.subscribe(hear);
      await publish([barOf('A')]);
      expect(heard).toBe(2);
      stop();
      await publish([barOf('A')]);
      expect(heard).toBe(3);
    });

    test('a listener may stop while it is told', async () => {
      const { forming, publish } = await make();
      const heard: string[] = [];
      const stop = forming.subscribe(() => {
        heard.push('once');
        stop();
      });
      forming.subscribe(() => heard.push('always'));
      await publish([barOf('A')]);
      await publish([barOf('A')]);
      expect(heard).toEqual(['once', 'always', 'always']);
    });

    test('an instrument is wanted as long as anybody wants it', async () => {
      const { forming } = await make();
      expect(forming.isWanted('d', 'A')).toBe(false);
      const first = forming.want('d', 'A');
      const second = forming.want('d', 'A');
      expect(forming.isWanted('d', 'A')).toBe(true);
      expect(forming.isWanted('e', 'A')).toBe(false);
      expect(forming.isWanted('d', 'B')).toBe(false);
      first();
      first();
      expect(forming.isWanted('d', 'A')).toBe(true);
      second();
      expect(forming.isWanted('d', 'A')).toBe(false);
    });

    test('names that look alike when put together are not the same', async () => {
      const { forming } = await make();
      forming.want('a b', 'c');
      expect(forming.isWanted('a', 'b c')).toBe(false);
    });
  });
}

/** A forming bar of 1 s that starts at `startSec`. */
export function barOf(symbol: string, startSec = 0): Bar {
  return { ...sampleBar, symbol, startSec, endSec: startSec + 1, state: 'forming' };
}
