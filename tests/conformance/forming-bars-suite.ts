/**
 * What all forming bars must do. In: a way to make ones that are new. Out: tests of the seam `FormingBars`; they are
 * outside law 5, so nothing here asks for revisions.
 */
import type { Bar, FormingBars } from '@tapeline/domain';
import { describe, expect, test } from 'vitest';

/** Tests of a kind of forming bars. */
export function formingBarsSuite(name: string, make: () => FormingBars): void {
  describe(`${name} as forming bars`, () => {
    test('everybody who listens hears every publication, in order, until they stop', () => {
      const forming = make();
      const heard: (readonly Bar[])[] = [];
      const alsoHeard: (readonly Bar[])[] = [];
      const stop = forming.subscribe((bars) => heard.push(bars));
      forming.publish([barOf('A')]);
      const alsoStop = forming.subscribe((bars) => alsoHeard.push(bars));
      forming.publish([barOf('A'), barOf('B')]);
      stop();
      stop();
      forming.publish([barOf('C')]);
      alsoStop();
      forming.publish([barOf('D')]);
      expect(heard).toEqual([[barOf('A')], [barOf('A'), barOf('B')]]);
      expect(alsoHeard).toEqual([[barOf('A'), barOf('B')], [barOf('C')]]);
    });

    test('one listener twice hears twice, and stops once for each', () => {
      const forming = make();
      let heard = 0;
      const hear = (): void => void (heard += 1);
      const stop = forming.subscribe(hear);
      forming.subscribe(hear);
      forming.publish([barOf('A')]);
      expect(heard).toBe(2);
      stop();
      forming.publish([barOf('A')]);
      expect(heard).toBe(3);
    });

    test('a listener may stop while it is told', () => {
      const forming = make();
      const heard: string[] = [];
      const stop = forming.subscribe(() => {
        heard.push('once');
        stop();
      });
      forming.subscribe(() => heard.push('always'));
      forming.publish([barOf('A')]);
      forming.publish([barOf('A')]);
      expect(heard).toEqual(['once', 'always', 'always']);
    });

    test('an instrument is wanted as long as anybody wants it', () => {
      const forming = make();
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

    test('names that look alike when put together are not the same', () => {
      const forming = make();
      forming.want('a b', 'c');
      expect(forming.isWanted('a', 'b c')).toBe(false);
    });
  });
}

function barOf(symbol: string): Bar {
  return {
    dataset: 'd',
    symbol,
    interval: '1s',
    profile: 'all',
    startSec: 0,
    endSec: 1,
    tradingDate: 0,
    session: 'regular',
    open: 1,
    high: 1,
    low: 1,
    close: 1,
    volume: 1n,
    notional: 1n,
    trades: 1,
    revision: 1,
    foldVersion: 1,
    state: 'forming',
    position: { partition: 0, epoch: 0, offset: 0 },
    priceExponent: -2,
    sizeExponent: 0,
  };
}
