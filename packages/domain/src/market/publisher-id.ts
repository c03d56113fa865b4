/**
 * Identities of publishers. In: parts or a 64-bit number. Out: the other. The id carries its day of issue and its
 * time domain, so that the fold can judge both from the log alone (laws 2 and 3). Bits 63..48 day since 1970-01-01,
 * 47..46 time domain, 45..0 drawn at random by ingest, or from a file's contents.
 */
import type { TimeDomain } from '../log/tick-columns.ts';

const randomBits = 46n;
const domainBits = 3n;

/** An id with these parts; `issueDay` is 0 to 65535, of `draw` the low 46 bits count. */
export function publisherId(issueDay: number, domain: TimeDomain, draw: bigint): bigint {
  return (BigInt(issueDay) << 48n) | (BigInt(domain) << randomBits) | BigInt.asUintN(46, draw);
}

/** Days since 1970-01-01 on which the id was issued. */
export function issueDayOf(id: bigint): number {
  return Number(id >> 48n);
}

/** The clock by which the publisher's ticks close bars. */
export function timeDomainOf(id: bigint): TimeDomain {
  return Number((id >> randomBits) & domainBits) as TimeDomain;
}

/** 16 hexadecimal digits, as notices and logs show an id. */
export function formatPublisherId(id: bigint): string {
  return id.toString(16).padStart(16, '0');
}
