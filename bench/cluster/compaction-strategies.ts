/**
 * The strategies of compaction that are compared. In: how large a flush of a table is here. Out: settings of CQL. A flush
 * stands for one of 54 MB: sizes that a strategy has by default are made smaller in that proportion, so that levels and tiers
 * come about as they do in a table of many gigabytes.
 */

/** A strategy and its settings for a table whose flushes have so many megabytes. */
export type Strategy = { readonly name: string; readonly settings: (flushMb: number) => Settings };

/** Settings of a table's compaction. */
export type Settings = Readonly<Record<string, string | number>>;

const mebibyte = 1_048_576;
const flushStandsForMb = 54;
/** What Cassandra 5 has by default, MB. */
const defaultsMb = { sizeTieredMin: 50, unifiedMin: 100, unifiedTarget: 1_024, leveled: 160 } as const;
/** Expired SSTables are looked for every ten minutes by default, which stand beside days. */
const looksOften = { expired_sstable_check_frequency_seconds: 1 };
/** The same for one SSTable of which much has expired; a day by default. */
const triesOften = { tombstone_compaction_interval: 1 };

/** In the order in which they are measured; the first is the one of our tables. */
export const strategies: readonly Strategy[] = [
  { name: 'Unified T4', settings: (flushMb) => unified('T4', flushMb) },
  { name: 'Unified L10', settings: (flushMb) => unified('L10', flushMb) },
  {
    name: 'Leveled',
    settings: (flushMb) => ({
      class: 'LeveledCompactionStrategy',
      sstable_size_in_mb: Math.max(1, Math.round(scaled(defaultsMb.leveled, flushMb))),
      ...triesOften,
    }),
  },
  {
    name: 'SizeTiered',
    settings: (flushMb) => ({ class: 'SizeTieredCompactionStrategy', ...tierSize(flushMb), ...triesOften }),
  },
  {
    // It drops what has expired as whole SSTables, and does not compact single ones unless told to.
    name: 'TimeWindow 1 d',
    settings: (flushMb) => ({
      class: 'TimeWindowCompactionStrategy',
      compaction_window_unit: 'DAYS',
      compaction_window_size: 1,
      ...tierSize(flushMb),
      ...looksOften,
    }),
  },
];

function unified(scaling: string, flushMb: number): Settings {
  const size = (megabytes: number): string => `${Math.ceil(scaled(megabytes, flushMb) * 1_024)}KiB`;
  return {
    class: 'UnifiedCompactionStrategy',
    scaling_parameters: scaling,
    target_sstable_size: size(defaultsMb.unifiedTarget),
    min_sstable_size: size(defaultsMb.unifiedMin),
    ...looksOften,
    ...triesOften,
  };
}

function tierSize(flushMb: number): Settings {
  return { min_sstable_size: Math.round(scaled(defaultsMb.sizeTieredMin, flushMb) * mebibyte) };
}

function scaled(megabytes: number, flushMb: number): number {
  return (megabytes / flushStandsForMb) * flushMb;
}
