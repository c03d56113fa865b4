/**
 * The register of replays of one data directory, as a file in it. In: what feeds note. Out: what was noted before, also
 * by processes that were killed. The file is written beside its place, flushed and moved there, so that it is whole at
 * any time; law 3 rests on it where a source is read again.
 */
import { open, readFile, rename } from 'node:fs/promises';
import path from 'node:path';
import type { ReplayPart, ReplayRegister } from './replay-register.ts';

const fileName = 'replays.json';
const version = 1;

/** Most sources in a register; a year of daily files of 25 symbols. */
export const sourcesMax = 10_000;

/** The register cannot be read or written; the message says what to do. */
export class ReplayRegisterError extends Error {
  override name = 'ReplayRegisterError';
}

type KeptPart = Omit<ReplayPart, 'publisherId'> & { readonly publisherId: string };
type Kept = { readonly version: number; readonly sources: Readonly<Record<string, readonly KeptPart[]>> };

/**
 * The register in `dataDir`, which must be there. `log`, of letters, digits, _ and -, tells the log that it belongs to from
 * others of the same directory; absent = the directory's own. Rejects with `ReplayRegisterError` for a file that is none.
 */
export async function keptReplays(dataDir: string, log?: string): Promise<ReplayRegister> {
  const file = path.join(dataDir, log === undefined ? fileName : `replays-${log}.json`);
  const sources = await readSources(file);
  let written: Promise<void> = Promise.resolve();
  const change = (key: bigint, make: (parts: readonly ReplayPart[]) => readonly ReplayPart[]): Promise<void> => {
    const turn = written.then(async () => {
      const parts = sources.get(key) ?? [];
      if (parts.length === 0 && sources.size >= sourcesMax) {
        throw new ReplayRegisterError(`${file} knows ${sourcesMax} sources, the limit; use another --data-dir`);
      }
      const after = new Map(sources).set(key, make(parts));
      await writeSources(file, after);
      sources.set(key, after.get(key) ?? []);
    });
    // The next change waits for this one and not for its success, which is its caller's to hear of.
    written = Promise.allSettled([turn]).then(() => undefined);
    return turn;
  };
  return {
    find: async (key) => sources.get(key) ?? [],
    begin: (key, part) =>
      change(key, (parts) => [
        ...parts.filter(({ publisherId }) => publisherId !== part.publisherId),
        { ...part, isFinished: false },
      ]),
    finish: (key, publisherId) =>
      change(key, (parts) =>
        parts.map((part) => (part.publisherId === publisherId ? { ...part, isFinished: true } : part)),
      ),
  };
}

async function readSources(file: string): Promise<Map<bigint, readonly ReplayPart[]>> {
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw new ReplayRegisterError(`${file} cannot be read (${error.message}); see who may read it`, { cause: error });
  });
  if (text === undefined) return new Map();
  try {
    const kept = JSON.parse(text) as Kept;
    if (kept.version !== version)
      throw new RangeError(`its version is ${kept.version}, this tapeline reads ${version}`);
    return new Map(
      Object.entries(kept.sources).map(([key, parts]) => [
        BigInt(`0x${key}`),
        parts.map((part) => ({ ...part, publisherId: BigInt(`0x${part.publisherId}`) })),
      ]),
    );
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new ReplayRegisterError(
      `${file} does not say which files were replayed (${why}); restore it, or begin with an empty --data-dir`,
      { cause: error },
    );
  }
}

async function writeSources(file: string, sources: ReadonlyMap<bigint, readonly ReplayPart[]>): Promise<void> {
  const kept: Kept = {
    version,
    sources: Object.fromEntries(
      [...sources].map(([key, parts]) => [
        key.toString(16),
        parts.map((part) => ({ ...part, publisherId: part.publisherId.toString(16) })),
      ]),
    ),
  };
  const beside = `${file}.new`;
  try {
    const handle = await open(beside, 'w');
    try {
      await handle.writeFile(`${JSON.stringify(kept)}\n`);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(beside, file);
    // The move itself is in the folder.
    const folder = await open(path.dirname(file), 'r');
    try {
      await folder.sync();
    } finally {
      await folder.close();
    }
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new ReplayRegisterError(`${file} cannot be written (${why}); make room, or see who may write there`, {
      cause: error,
    });
  }
}
