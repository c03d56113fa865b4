/**
 * Where the real days are. In: the environment variable TAPELINE_SHARED, or the folder `shared` beside the repository.
 * Out: paths of the recordings of SPY's trades, oldest first; none where the reference data is not there.
 */
import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const repositoryRoot = fileURLToPath(new URL('..', import.meta.url));

/** Lean's trade recordings of SPY. */
export function spyRecordings(): string[] {
  const folder = path.join(process.env['TAPELINE_SHARED'] ?? path.join(repositoryRoot, '../shared'), 'data/lean');
  if (!existsSync(folder)) return [];
  const names = readdirSync(folder).filter((name) => /^spy_\d{8}_trade\.zip$/.test(name));
  return names.sort().map((name) => path.join(folder, name));
}
