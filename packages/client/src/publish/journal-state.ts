/**
 * What a journal amounts to. In: its records in order. Out: identity, links, the last sequence and what was not settled,
 * as a publisher goes on from it, and the fewest records that say the same. Pure.
 */
import type { JournalIdentity, JournalRecord } from './journal-codec.ts';
import { JournalError } from './publisher-errors.ts';
import type { UnsettledBatch } from './unsettled-queue.ts';

/** Where a publisher goes on. */
export type JournalState = {
  readonly identity: JournalIdentity | undefined;
  /** Last sequence of each instrument under that identity. */
  readonly links: ReadonlyMap<string, number>;
  /** Highest sequence that was given out. */
  readonly last: number;
  readonly unsettled: readonly UnsettledBatch[];
};

/** What a journal is for. */
export type JournalPurpose = { readonly dataset: string; readonly timeDomain: number };

/** Reads records together. Throws `JournalError` if they are those of another dataset or time domain. */
export function stateOfJournal(records: readonly JournalRecord[], purpose: JournalPurpose): JournalState {
  let identity: JournalIdentity | undefined;
  let last = 0;
  const links = new Map<string, number>();
  const unsettled: UnsettledBatch[] = [];
  const setLinks = (news: readonly (readonly [string, number])[]): void => {
    for (const [symbol, link] of news) links.set(symbol, link);
  };
  for (const record of records) {
    switch (record.kind) {
      case 'purpose':
        checkPurpose(record, purpose);
        break;
      case 'identity': {
        const { publisherId, expireTimeNs } = record;
        // Ticks that were taken before the first identity was known go out under it; a later one begins anew.
        if (identity !== undefined && identity.publisherId !== publisherId) links.clear();
        identity = { publisherId, expireTimeNs };
        break;
      }
      case 'links':
        setLinks(record.links);
        last = Math.max(last, record.last);
        break;
      case 'batch':
        setLinks(record.links);
        last = Math.max(last, record.batch.last);
        unsettled.push(record.batch);
        break;
      case 'settled':
        while (unsettled[0] !== undefined && unsettled[0].last <= record.sequence) unsettled.shift();
    }
  }
  return { identity, links, last, unsettled };
}

/** The records of a file that says this and nothing else. */
export function recordsOfState(state: JournalState, purpose: JournalPurpose): JournalRecord[] {
  return [
    { kind: 'purpose', ...purpose },
    ...(state.identity === undefined ? [] : [{ kind: 'identity', ...state.identity } as const]),
    { kind: 'links', links: [...state.links], last: state.last },
    ...state.unsettled.map((batch) => ({ kind: 'batch', links: [], batch }) as const),
  ];
}

function checkPurpose(found: JournalPurpose, wanted: JournalPurpose): void {
  if (found.dataset === wanted.dataset && found.timeDomain === wanted.timeDomain) return;
  throw new JournalError(
    `the journal is of dataset ${JSON.stringify(found.dataset)} in time domain ${found.timeDomain}, not of ` +
      `${JSON.stringify(wanted.dataset)} in ${wanted.timeDomain}; give each publisher a journal of its own`,
  );
}
