/**
 * A publisher's options with every default in place. In: options. Out: settings, or a `RangeError` that names option,
 * value and bounds.
 */
import { batchTicksMax, checkName, clientNameCharactersMax, TimeDomain } from '@tapeline/domain';
import type { ClientTls } from '@tapeline/grpc';
import { type ClientClock, type ClientRandom, machineClock, machineRandom } from '../client-clock.ts';
import type { JournalOptions } from './journal-file.ts';
import type { InstrumentDeclaration } from './publish-tick.ts';
import type { PublisherListener, PublisherOptions, PublisherTimes } from './publisher-types.ts';

/** What a publisher runs by. */
export type PublisherSettings = {
  readonly addresses: readonly string[];
  readonly dataset: string;
  readonly timeDomain: TimeDomain;
  readonly clientName: string;
  readonly instruments: readonly InstrumentDeclaration[];
  readonly journal: JournalOptions | undefined;
  readonly expired: 'fail' | 'drop';
  readonly isProgressAuto: boolean;
  readonly outOfOrderSec: number;
  readonly lingerMs: number;
  readonly batchTicksMax: number;
  readonly unsettledTicksMax: number;
  readonly listener: PublisherListener;
  readonly tls: ClientTls | undefined;
  readonly times: Required<PublisherTimes>;
  readonly retry: { readonly firstMs: number; readonly maxMs: number };
  readonly clock: ClientClock;
  readonly random: ClientRandom;
};

const dayMs = 86_400_000;

/** Fills in defaults. Throws `RangeError`, or `PublishRefusedError` for a dataset that is no name. */
export function settingsOf(options: PublisherOptions): PublisherSettings {
  const { address, dataset, timeDomain = 'live', clientName = 'tapeline-client', journal } = options;
  const addresses = typeof address === 'string' ? [address] : [...address];
  if (addresses.length === 0) throw new RangeError('address is an empty list; give host:port of one ingest or more');
  checkName('dataset', dataset);
  const batch = within('batchTicksMax', options.batchTicksMax ?? batchTicksMax, 1, batchTicksMax);
  const lingerMs = within('lingerMs', options.lingerMs ?? (journal === undefined ? 5 : 0), 0, 10_000);
  const unsettled = options.unsettledTicksMax ?? Math.max(100_000, batch * 2);
  const times = timesOf(options.times ?? {});
  return {
    addresses,
    dataset,
    timeDomain: TimeDomain[timeDomain],
    clientName: clientName.slice(0, clientNameCharactersMax),
    instruments: options.instruments ?? [],
    journal,
    expired: options.expired ?? 'fail',
    isProgressAuto: options.progress !== 'manual',
    outOfOrderSec: within('outOfOrderSec', options.outOfOrderSec ?? 0, 0, 86_400),
    lingerMs,
    batchTicksMax: batch,
    unsettledTicksMax: within('unsettledTicksMax', unsettled, batch * 2, 10_000_000),
    listener: options.listener ?? {},
    tls: options.tls,
    times,
    retry: { firstMs: times.retryFirstMs, maxMs: times.retryMaxMs },
    clock: options.clock ?? machineClock,
    random: options.random ?? machineRandom,
  };
}

function timesOf(times: PublisherTimes): Required<PublisherTimes> {
  const retryFirstMs = within('times.retryFirstMs', times.retryFirstMs ?? 100, 1, 60_000);
  return {
    connectMs: within('times.connectMs', times.connectMs ?? 30_000, 1, dayMs),
    openMs: within('times.openMs', times.openMs ?? 10_000, 1, dayMs),
    settleMs: within('times.settleMs', times.settleMs ?? 60_000, 1, dayMs),
    retryFirstMs,
    retryMaxMs: within('times.retryMaxMs', times.retryMaxMs ?? Math.max(5_000, retryFirstMs), retryFirstMs, dayMs),
    renewMs: within('times.renewMs', times.renewMs ?? dayMs / 2, 0, dayMs * 6),
  };
}

function within(name: string, value: number, min: number, max: number): number {
  if (Number.isInteger(value) && value >= min && value <= max) return value;
  throw new RangeError(`${name} is ${value}; give a whole number from ${min} to ${max}`);
}
