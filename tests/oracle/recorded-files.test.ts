/**
 * Bars of real recordings, computed twice. Each file goes through the real path (readers, log, fold) and through SQL
 * that was written from the specification; every bar of every interval must be equal, field by field. Files: those of
 * the reference data, and any in the environment variable TAPELINE_ORACLE_FILES, separated as in PATH.
 */
import { readdirSync } from 'node:fs';
import { basename, delimiter, join } from 'node:path';
import { profileNames } from '@tapeline/domain';
import { afterAll, describe, expect, test } from 'vitest';
import { compareBars } from './compare-bars.ts';
import { comparedIntervals, type FoldedFile, foldFile } from './fold-file.ts';
import { isReferenceDataMissing, newYorkCalendar, referenceData } from './reference-folder.ts';
import { type BarOracle, openBarOracle } from './sql/bar-oracle.ts';
import type { Market } from './sql/session-segments.ts';

const newYork: Market = { kind: 'us', hours: { csv: newYorkCalendar } };
const alwaysOpen: Market = { kind: 'always-open' };

test.skipIf(isReferenceDataMissing)(
  'there are real recordings to compare (needs the reference data: set TAPELINE_SHARED to its folder)',
  () => expect(recordedFiles().length).toBeGreaterThan(0),
);

for (const path of isReferenceDataMissing ? [] : recordedFiles()) compareTwice(path);

function recordedFiles(): string[] {
  const given = (process.env['TAPELINE_ORACLE_FILES'] ?? '').split(delimiter).filter((path) => path !== '');
  const lean = filesOf('lean').filter((path) => path.endsWith('_trade.zip'));
  return [...lean, ...filesOf('binance'), ...given];
}

function filesOf(folder: string): string[] {
  const names = readdirSync(join(referenceData, folder)).toSorted();
  return names.map((name) => join(referenceData, folder, name));
}

/** Lean's recordings are of US equities, and so are CSV files with a tape or conditions; the others never close. */
function marketOf(folded: FoldedFile): Market {
  const [bar] = folded.bars.values();
  const { recording } = folded;
  return bar !== undefined && recording.termsOf(bar.symbol).calendar === '24/7' ? alwaysOpen : newYork;
}

function compareTwice(path: string): void {
  describe(`${basename(path)}`, () => {
    let both: { folded: FoldedFile; oracle: BarOracle } | undefined;
    const read = async (): Promise<{ folded: FoldedFile; oracle: BarOracle }> => {
      if (both === undefined) {
        const folded = await foldFile(path);
        both = { folded, oracle: await openBarOracle(path, marketOf(folded)) };
      }
      return both;
    };
    afterAll(() => {
      both?.oracle.close();
      both = undefined;
    });

    for (const profile of profileNames) {
      test(`every ${profile} bar of ${comparedIntervals.join(' ')} equals SQL's`, async () => {
        const { folded, oracle } = await read();
        const { barsCompared, differences } = await compareBars(folded, oracle, profile, comparedIntervals);
        expect(differences).toEqual([]);
        expect(barsCompared).toBeGreaterThan(0);
        expect(folded.counters).toMatchObject({ applied: folded.ticks, late: 0, quarantined: 0, repeats: 0 });
      });
    }
  });
}
