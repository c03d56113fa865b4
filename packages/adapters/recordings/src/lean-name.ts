/**
 * What the name of a Lean recording says. In: a path such as `SPY_20131008_trade.zip` or `…/spy/20131008_trade.zip`.
 * Out: kind, day and symbol, or `undefined` if it is no such name. The name of the file inside the zip says the same.
 */
import { basename, dirname } from 'node:path';
import { daysFromCivil, daysInMonth } from '@tapeline/domain';
import { clipped } from './clipped-text.ts';
import { recordingProblem } from './recording-problem.ts';
import type { RecordingProblem } from './recording-problem.ts';
import { refusalOfSymbol } from './symbol-text.ts';

/** Trades or quotes. */
export type LeanKind = 'trade' | 'quote';

/** What a name says; `symbol` is empty where it has none. */
export type LeanName = { readonly kind: LeanKind; readonly yyyymmdd: string; readonly symbol: string };

/** A Lean recording by its names: the kind, the local date as days since 1970-01-01, the symbol in capitals. */
export type LeanIdentity = { readonly kind: LeanKind; readonly day: number; readonly symbol: string };

/** What a path says, by its last part. */
export function leanNameOf(path: string): LeanName | undefined {
  const match = /^(?:(.+)_)?(\d{8})_(trade|quote)\.zip$/i.exec(basename(path));
  return match === null ? undefined : leanName(match[3], match[2], match[1]);
}

/** What the name of a file inside the zip says, such as `20131008_spy_Trade_Tick.csv`. */
export function leanEntryNameOf(name: string): LeanName | undefined {
  const match = /^(\d{8})_(.+)_(trade|quote)_tick\.csv$/i.exec(basename(name));
  return match === null ? undefined : leanName(match[3], match[1], match[2]);
}

function leanName(kind = '', yyyymmdd = '', symbol = ''): LeanName {
  return { kind: kind.toLowerCase() === 'quote' ? 'quote' : 'trade', yyyymmdd, symbol: symbol.toUpperCase() };
}

/**
 * Joins what the path and the entry say. The symbol is the one in the file's name; without one it is the entry's, and
 * else the folder's, as Lean lays its data out. Day and kind must agree.
 */
export function leanIdentityOf(path: string, name: LeanName, entryPath: string): LeanIdentity | RecordingProblem {
  if (/_(?:second|minute)_(?:trade|quote)\.csv$/i.test(entryPath)) {
    const says = `holds ${clipped(entryPath)}, which are bars and no ticks; take the file of the tick folder`;
    return recordingProblem('ZIP_ENTRY_MISMATCH', path, says, { value: entryPath });
  }
  const entry = leanEntryNameOf(entryPath);
  if (entry !== undefined && (entry.kind !== name.kind || entry.yyyymmdd !== name.yyyymmdd)) {
    const says =
      `holds ${clipped(entryPath)}, which is of another day or kind than the file's own name says; ` +
      'rename one of the two so that they agree';
    return recordingProblem('ZIP_ENTRY_MISMATCH', path, says, { value: entryPath });
  }
  const day = dayOf(name.yyyymmdd);
  if (day === undefined) {
    const says = `its name has the date ${name.yyyymmdd}, which is no day of the calendar; write it as YYYYMMDD`;
    return recordingProblem('RECORDING_NAME_MALFORMED', path, says, { value: name.yyyymmdd });
  }
  const symbol =
    [name.symbol, entry?.symbol ?? '', basename(dirname(path)).toUpperCase()].find((text) => text !== '') ?? '';
  const refusal = refusalOfSymbol(symbol);
  if (refusal !== undefined) {
    const says = `its name has no usable symbol: ${refusal.message}; name it SYMBOL_YYYYMMDD_${name.kind}.zip`;
    return recordingProblem('RECORDING_NAME_MALFORMED', path, says, { value: symbol });
  }
  return { kind: name.kind, day, symbol };
}

function dayOf(yyyymmdd: string): number | undefined {
  const year = Number(yyyymmdd.slice(0, 4));
  const month = Number(yyyymmdd.slice(4, 6));
  const day = Number(yyyymmdd.slice(6));
  const exists = year >= 1970 && month >= 1 && month <= 12 && day >= 1 && day <= daysInMonth(year, month);
  return exists ? daysFromCivil(year, month, day) : undefined;
}
