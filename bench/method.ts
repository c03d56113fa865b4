/**
 * How the figures are measured. In: nothing. Out: sentences that stand beside the figures wherever they are shown;
 * docs/benchmarks.md says more.
 */

/** Of what needs no servers, one sentence a line. */
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

/** The same of the benches that need servers, one sentence a line. */
export const clusterMethod: readonly string[] = [
  'On servers: one Kafka broker and one Cassandra node on the same machine, a heap of 1 GiB each, or those named by environment;',
  '  CPU time is that of the process under test alone, user and system, of all its threads.',
  'worker: ticks lie in 4 partitions as records of 64 KiB, a replay that closes its bars by event time; a round is from the start of',
  '  a worker with an empty state until every output is durable and it has stopped; median of 6 rounds in 2 processes. Like for like:',
  '  bars of 1s with VWAP to the topic of bars, a store that keeps snapshots and nothing else, no tape.',
  'Kafka Streams: bench/peers/kafka-streams, one record a trade (lz4) in as many partitions, 2 threads, exactly_once_v2, a commit a second',
  '  (its default is ten), bars when their window of 1 s has closed, 2 s of grace; from a fourth of the trades on until the last is folded;',
  '  one run with RocksDB and one in memory, the faster counts. Every trade must be in a committed bar.',
  'decode-only: the same records through the same reader and decoder, no fold. One tick a record: the worker on records of one tick.',
  'full: 1s 5s 1m 5m 15m 1h 1d, profiles all and sip, bars into Cassandra; once without the tape and once with it.',
  'ingest: 4 streams of one client process, messages encoded before, as fast as they are acknowledged; linger 5 ms, acks of all replicas.',
  '  The floor is a bare grpc-js server that gets the same messages as bytes and acknowledges them together every 5 ms.',
  'latency of processes: as above, with ingest, worker and query as processes, on a broker and a node that share the two cores;',
  '  60 s after 30 s of warming up, two Java servers included; Node.js records it in an HdrHistogram.',
  'failover: two workers under 20,000 live ticks a second; caught up = the other one runs every partition and the newest tick that is',
  '  durable in every output is no more than 250 ms older than before. Catching up: 10 minutes of 50,000 ticks a second lie in the log,',
  '  as a replay, because the log stamps live ticks when they are loaded; from the start of the process until all is durable.',
  'cassandra: bars a CPU second of the client, each with a row in its history in the same batch; live = a second of 500 instruments in calls of 4 partitions;',
  '  catching up = a minute of them; the bare driver writes single prepared rows of the same columns, 256 under way. Bytes on disk:',
  '  every file of the table after SIGTERM, at which a node writes its memory out; compaction has not run. Bytes a trade: all tables of',
  '  the tape together, of 500 instruments, 4 partitions and one live publisher, at 60,000 trades a second (up to 1,000,000 trades) and at',
  '  500, one of each instrument (up to 300,000). Log records are of 5 ms, as ingest makes them; a worker cuts them into chunks by the time',
  '  of the tape. A chunk is written once, as long as it became: the worker writes it again as it grows, but a row keeps the longest alone',
  '  once memory is flushed or compacted. No trade ids, no cancels. The tape has no quotes, so a quote has no bytes there.',
  'compaction: our tables on a node of its own, the same rows for each strategy, some twenty flushes of a table; sizes of a strategy are its',
  '  defaults, made smaller as our flushes are smaller than one of 54 MB. Bytes written = flushed and written again by compaction, by bytes',
  '  flushed, of rows as they lie on the disk; SSTables of a read by the trace of the node, at eight moments of the load; the CPU time is the',
  "  node's, from the first write until nothing is compacted; tables of one load share it.",
];
