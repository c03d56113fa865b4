/**
 * How the figures are measured. In: nothing. Out: sentences that stand beside the figures wherever they are shown;
 * docs/benchmarks.md says more.
 */

/** One sentence a line. */
export const method: readonly string[] = [
  'Ticks per second of user and system CPU time of the measuring process, with garbage collection and compilation in it.',
  'Median of 9 rounds (decode 15) in 3 processes, after 1.5 s or more of warming up in each; every round begins with an empty state.',
  'Tapes are made beforehand and lie in memory as log records of 64 KiB, one step of the fold a record.',
  'Generated tape: 500 instruments, Zipf rates, distributions fitted to SPY and IBM of 2013-10-07 to 09, 60,000 ticks a second.',
  'fold: decoding, chain of links, bars of 1s, profile all, one live publisher.',
  'fold, everything: 1s 5s 1m 5m 15m 1h 1d, profiles all and sip, 4 live publishers; 1 trade in 10,000 is cancelled or corrected,',
  '  1 in 10,000 comes 2.5 to 30 s late, 1 block in 500 is sent twice.',
  'bytes: whole log records with every field of the real days (time, price, size, venue, conditions, suspicious), zstd at level 3 a record.',
  'fold, everything, with the tape: the same, and every counted tick is written into segments of the canonical tape.',
  'snapshot: everything on, after 1,000 s of event time, so that the revision horizon of 900 s is full of bars.',
  'standalone: seconds of the wall clock from the first send over gRPC (2,000 ticks a message, encoded before) until every bar is stored',
  '  and no partition lags; median of 3 runs on fresh data directories, client and server on the same machine.',
  'latency: open loop, 50,000 ticks a second in a batch each 5 ms; from the time at which a tick is due to be sent to the receipt of',
  '  the first bar of a second that shows it, for every tick of 20 instruments, over 25 s after 5 s of warming up.',
];
