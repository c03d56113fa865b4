/**
 * What is known of sources that were replayed into the same log before. In: a key of a source. Out: the publishers it
 * was sent under and whether it is all in. Law 3: a publisher id dies after a week, so ids alone do not stop a file
 * from being counted again a week later; this does. Whoever owns the data directory keeps it there, durable.
 */

/** One publisher under which a source, or some of its symbols, was sent. */
export type ReplayPart = {
  readonly publisherId: bigint;
  /** The symbols that it sends, `all` = whatever the source holds and no part before it has sent. */
  readonly symbols: readonly string[] | 'all';
  /** Whether all of it is durable. */
  readonly isFinished: boolean;
  /** What the feed needs to make the same source again; empty where the source itself can be read again. */
  readonly recipe: string;
};

/** The register of one data directory. Its calls reject if it cannot be read or written. */
export type ReplayRegister = {
  /** The parts of a source, in the order in which they were begun; none if the source is new. */
  find(key: bigint): Promise<readonly ReplayPart[]>;
  /**
   * Notes, before the first tick is sent, that a part is under way; durable when it resolves. A part of the same
   * publisher that is there already is replaced.
   */
  begin(key: bigint, part: Omit<ReplayPart, 'isFinished'>): Promise<void>;
  /** Notes that everything of the part is durable. */
  finish(key: bigint, publisherId: bigint): Promise<void>;
};

/** A register that lasts as long as the process: for logs that do the same. */
export function memoryReplayRegister(): ReplayRegister {
  const sources = new Map<bigint, readonly ReplayPart[]>();
  const change = (key: bigint, publisherId: bigint, made: (before: ReplayPart | undefined) => ReplayPart): void => {
    const parts = sources.get(key) ?? [];
    const at = parts.findIndex((part) => part.publisherId === publisherId);
    sources.set(key, at < 0 ? [...parts, made(undefined)] : parts.with(at, made(parts[at])));
  };
  return {
    find: async (key) => sources.get(key) ?? [],
    begin: async (key, part) => change(key, part.publisherId, () => ({ ...part, isFinished: false })),
    finish: async (key, publisherId) =>
      change(key, publisherId, (before) => ({
        publisherId,
        symbols: before?.symbols ?? 'all',
        recipe: before?.recipe ?? '',
        isFinished: true,
      })),
  };
}
