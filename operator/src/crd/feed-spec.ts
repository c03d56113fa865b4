/**
 * A feed as a TickStream declares it. In: fields. Out: its source with what that source needs, and where its notes are, or a
 * `SpecError`. The defaults are those of the definition.
 */
import type { Fields } from './fields.ts';
import { type PodsSpec, readPods } from './pods-spec.ts';
import { readSecretKey, type SecretKey } from './server-spec.ts';

/** Where ticks come from. */
export type FeedSource =
  | { readonly type: 'simulator'; readonly rate: number; readonly seed: number; readonly backfill: string | undefined }
  | {
      readonly type: 'replay';
      readonly claimName: string;
      readonly paths: readonly string[];
      readonly speed: string;
      readonly calendar: string | undefined;
    }
  | { readonly type: 'finnhub'; readonly token: SecretKey }
  | { readonly type: 'binance' };

/** A feed. */
export type FeedSpec = PodsSpec & {
  readonly name: string;
  readonly source: FeedSource;
  readonly symbols: readonly string[] | undefined;
  readonly dataset: string | undefined;
  /** The claim of the volume with its notes; absent = they go with the pod. */
  readonly notesClaim: string | undefined;
};

/** Reads a feed. */
export function readFeed(fields: Fields): FeedSpec {
  return {
    name: fields.text('name'),
    source: readSource(fields),
    symbols: fields.maybeTexts('symbols'),
    dataset: fields.maybeText('dataset'),
    notesClaim: fields.maybeObject('notes')?.text('claimName'),
    ...readPods(fields),
  };
}

function readSource(fields: Fields): FeedSource {
  const type = fields.choice('type', ['simulator', 'replay', 'finnhub', 'binance']);
  switch (type) {
    case 'simulator': {
      const given = fields.maybeObject('simulator');
      return {
        type,
        rate: given?.maybeInteger('rate') ?? 200,
        seed: given?.maybeInteger('seed') ?? 1,
        backfill: given?.maybeText('backfill'),
      };
    }
    case 'replay': {
      const given = fields.object('replay');
      return {
        type,
        claimName: given.text('claimName'),
        paths: given.texts('paths'),
        speed: given.maybeText('speed') ?? '60',
        calendar: given.maybeText('calendar'),
      };
    }
    case 'finnhub':
      return { type, token: readSecretKey(fields.object('tokenSecretRef'), 'token') };
    case 'binance':
      return { type };
  }
}
