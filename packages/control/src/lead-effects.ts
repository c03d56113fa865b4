/**
 * What a coordinator asks for, done. In: an effect. Out: what came of it, always: an outage is a result and no error. Records of
 * `control` are sent once, since a second one could land beside the first; all others may be repeated, and are, a bounded
 * number of times.
 */
import {
  type ControlLog,
  type ControlRecord,
  type CoordinatorEffect,
  controlKeyText,
  type EffectResult,
  encodeLogRecord,
  LogError,
  type PartitionAdmin,
  type Store,
  StoreError,
  type TickLog,
} from '@tapeline/domain';
import { type Clock, type Logger, type RandomSource, retry } from '@tapeline/runtime';
import { encodeControl } from './control-codec.ts';

/** What effects are done with. */
export type EffectParts = {
  readonly control: Pick<ControlLog, 'append'>;
  readonly ticks: Pick<TickLog, 'append' | 'refreshPartitions'>;
  readonly partitions: PartitionAdmin;
  readonly store: Pick<Store, 'enterPins'>;
  readonly clock: Clock;
  readonly random: RandomSource;
  readonly logger: Logger;
  /** Hears why partitions were not added. */
  readonly growthRefused?: (error: LogError) => void;
};

/** Tries of what may be repeated, and the waits between them, ms: some two seconds in all. */
const tries = { attemptsMax: 6, firstMs: 50, maxMs: 1_000 } as const;

type Of<Kind extends CoordinatorEffect['kind']> = CoordinatorEffect & { readonly kind: Kind };

/** Does an effect. `stop` ends further tries. Rejects for a defect alone. */
export async function carryOut(
  effect: CoordinatorEffect,
  parts: EffectParts,
  stop: AbortSignal,
): Promise<EffectResult> {
  switch (effect.kind) {
    case 'append-control':
      return appendControl(effect.record, parts);
    case 'take-out':
      return appendOnce(() => parts.control.append(controlKeyText(effect.key), undefined), parts);
    case 'append-entries':
      return appendEntries(effect, parts, stop);
    case 'settle':
      return settle(effect, parts, stop);
    case 'add-partitions':
      return addPartitions(effect, parts, stop);
  }
}

/** A map in several records counts with the last one, and one of them that is not known to have landed leaves all unknown. */
async function appendControl(record: ControlRecord, parts: EffectParts): Promise<EffectResult> {
  let result: EffectResult = { kind: 'failed' };
  for (const [place, { key, bytes }] of encodeControl(record).entries()) {
    result = await appendOnce(() => parts.control.append(key, bytes), parts);
    if (result.kind !== 'appended') return place === 0 ? result : { kind: 'unknown' };
  }
  return result;
}

async function appendOnce(
  append: () => Promise<{ readonly offset: number }>,
  { logger }: EffectParts,
): Promise<EffectResult> {
  try {
    const { offset } = await append();
    return { kind: 'appended', offset };
  } catch (error) {
    if (!(error instanceof LogError)) throw error;
    logger.warn('control did not take a record of the coordinator, which gives its token up', { error });
    return { kind: error.code === 'LOG_UNAVAILABLE' ? 'unknown' : 'failed' };
  }
}

async function appendEntries(
  { records }: Of<'append-entries'>,
  parts: EffectParts,
  stop: AbortSignal,
): Promise<EffectResult> {
  const { ticks, clock, random, logger } = parts;
  const appended = records.map(async ({ partition, entries }) => {
    const bytes = encodeLogRecord(entries);
    try {
      await retry(
        async (attempt) => {
          // A partition that was added lately may not be known here yet.
          if (attempt > 1) await ticks.refreshPartitions();
          return ticks.append('ticks', partition, bytes);
        },
        { ...tries, retryIf: mayPass, clock, random, signal: stop },
      );
      return [partition];
    } catch (error) {
      if (!(error instanceof LogError)) throw error;
      logger.warn('a record of a move could not be appended; it is tried again', { partition, error });
      return [];
    }
  });
  return { kind: 'entries', durable: (await Promise.all(appended)).flat() };
}

async function settle({ homes }: Of<'settle'>, parts: EffectParts, stop: AbortSignal): Promise<EffectResult> {
  const { store, clock, random, logger } = parts;
  // A store that takes no pins has every instrument at home.
  if (store.enterPins === undefined) return { kind: 'settled', held: homes.map(() => undefined) };
  const enterPins = store.enterPins.bind(store);
  try {
    const retryIf = (error: unknown): boolean => error instanceof StoreError && error.code === 'STORE_UNAVAILABLE';
    const held = await retry(() => enterPins(homes), { ...tries, retryIf, clock, random, signal: stop });
    return { kind: 'settled', held };
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    logger.warn('the store did not settle where instruments began, so they do not move now', { error });
    return { kind: 'failed' };
  }
}

async function addPartitions(
  { count }: Of<'add-partitions'>,
  parts: EffectParts,
  stop: AbortSignal,
): Promise<EffectResult> {
  const { partitions, ticks, clock, random, logger } = parts;
  try {
    await retry(() => partitions.addPartitions(count), { ...tries, retryIf: mayPass, clock, random, signal: stop });
    return { kind: 'grown', partitions: await ticks.refreshPartitions() };
  } catch (error) {
    if (!(error instanceof LogError)) throw error;
    logger.warn('partitions could not be added', { count, error });
    parts.growthRefused?.(error);
    return { kind: 'failed' };
  }
}

function mayPass(error: unknown): boolean {
  return error instanceof LogError && (error.code === 'LOG_UNAVAILABLE' || error.code === 'PARTITION_UNKNOWN');
}
