/**
 * Servers that all processes of one test run have in common. In: a folder of the run. Out: one server of a kind, started
 * by whoever asks first and only if somebody asks; the others wait for it. It ends with the run, however the run ends.
 */
import { mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { identify, isAlive, type ProcessIdentity } from './process-identity.ts';
import { endServersOf, ownIdentity, removeFolder, sweepOrphans } from './server-ledger.ts';
import { TestbedError } from './testbed-error.ts';

/** Names the folder of the run to every process of it. */
export const runVariable = 'TAPELINE_TESTBED_RUN';

/** How the first to ask starts the server, which ends with its owner. What it resolves with is told to all. */
export type StartForRun<Facts> = (owner: ProcessIdentity) => Promise<Facts>;

const folderStart = 'tapeline-run-';
const lookEveryMs = 100;
const waitMsMax = 300_000;

/** Opens a run: this process owns what is started in it. Returns the folder, which `runVariable` has to name. */
export function openRun(): string {
  sweepOrphans();
  for (const earlier of readdirSync(tmpdir()).filter((name) => name.startsWith(folderStart))) {
    const owner = readWhole<ProcessIdentity>(path.join(tmpdir(), earlier, 'owner.json'));
    if (owner !== undefined && !isAlive(owner)) removeFolder(path.join(tmpdir(), earlier));
  }
  const folder = mkdtempSync(path.join(tmpdir(), folderStart));
  writeWhole(path.join(folder, 'owner.json'), ownIdentity());
  return folder;
}

/** Ends every server of a run that this process opened, and removes its folder. */
export async function closeRun(folder: string): Promise<void> {
  await endServersOf(ownIdentity());
  removeFolder(folder);
}

/**
 * The facts of the run's server of this kind. Rejects as `start` did, for everybody who asks, or with NOT_READY if it
 * takes over 5 minutes. If who was starting it is gone, the next starts it again.
 */
export async function serverOfRun<Facts>(folder: string, kind: string, start: StartForRun<Facts>): Promise<Facts> {
  const told = path.join(folder, `${kind}.json`);
  const lock = path.join(folder, `${kind}.lock`);
  const until = performance.now() + waitMsMax;
  while (performance.now() < until) {
    const outcome = readWhole<Outcome<Facts>>(told);
    if (outcome !== undefined) return factsOf(outcome);
    if (takeLock(lock)) {
      writeWhole(told, await startOutcome(folder, start));
      continue;
    }
    await sleep(lookEveryMs);
  }
  throw new TestbedError('NOT_READY', `the run's ${kind} was not there within ${waitMsMax} ms; look into ${folder}`);
}

type Outcome<Facts> =
  | { readonly facts: Facts }
  | { readonly code: TestbedError['code'] | undefined; readonly message: string };

async function startOutcome<Facts>(folder: string, start: StartForRun<Facts>): Promise<Outcome<Facts>> {
  try {
    const owner = readWhole<ProcessIdentity>(path.join(folder, 'owner.json'));
    if (owner === undefined)
      throw new TestbedError('BAD_OPTION', `${folder} is no folder of a run; see ${runVariable}`);
    return { facts: await start(owner) };
  } catch (error) {
    const code = error instanceof TestbedError ? error.code : undefined;
    return { code, message: error instanceof Error ? error.message : String(error) };
  }
}

function factsOf<Facts>(outcome: Outcome<Facts>): Facts {
  if ('facts' in outcome) return outcome.facts;
  throw new TestbedError(outcome.code ?? 'SERVER_ENDED', outcome.message);
}

/** Takes the lock if nobody holds it, or if who held it is gone. */
function takeLock(lock: string): boolean {
  try {
    writeFileSync(lock, JSON.stringify(identify(process.pid)), { flag: 'wx' });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
  const holder = readWhole<ProcessIdentity>(lock);
  if (holder === undefined || isAlive(holder)) return false;
  // Only one of those who see this can rename it; the others find nothing and look again.
  const stale = `${lock}-${process.pid}`;
  try {
    renameSync(lock, stale);
    rmSync(stale, { force: true });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  return false;
}

function writeWhole(file: string, value: unknown): void {
  const draft = `${file}-${process.pid}`;
  writeFileSync(draft, JSON.stringify(value));
  renameSync(draft, file);
}

/** Undefined if the file is not there, or is being written. */
function readWhole<Value>(file: string): Value | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Value;
  } catch (error) {
    if (error instanceof SyntaxError || (error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
