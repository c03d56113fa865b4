/**
 * A member process as a test holds it. In: brokers, stream, a number for its address. Out: what it owns now and when it
 * heard so; signals. Every wait has a bound and says what was there at the bound.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

type Line = {
  readonly atMs: number;
  readonly owned?: readonly number[];
  readonly left?: boolean;
  readonly failed?: string;
};

/** How a member is started. */
export type MemberConfig = {
  readonly brokers: readonly string[];
  readonly stream: string;
  readonly number: number;
  readonly metadataMaxAgeMs?: number;
};

const program = fileURLToPath(new URL('member-process.ts', import.meta.url));
const running = new Set<Member>();
const logCharactersMax = 200_000;

/** A process that is a member. */
export class Member {
  readonly address: string;
  readonly lines: Line[] = [];
  /** What it wrote to standard error, cut. */
  log = '';
  readonly #child: ChildProcess;
  readonly #ended: Promise<void>;

  constructor({ brokers, stream, number, metadataMaxAgeMs = 30_000 }: MemberConfig) {
    this.address = `127.0.0.1:${40_000 + number}`;
    const args = [brokers.join(','), stream, this.address, String(metadataMaxAgeMs)];
    this.#child = spawn(process.execPath, ['--conditions=source', program, ...args], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let rest = '';
    this.#child.stdout?.on('data', (chunk: Buffer) => {
      const parts = `${rest}${chunk.toString('utf8')}`.split('\n');
      rest = parts.pop() ?? '';
      for (const part of parts) this.lines.push(JSON.parse(part) as Line);
    });
    this.#child.stderr?.on('data', (chunk: Buffer) => {
      this.log = `${this.log}${chunk.toString('utf8')}`.slice(-logCharactersMax);
    });
    this.#ended = new Promise((resolve) => {
      this.#child.once('exit', () => resolve());
    });
    running.add(this);
  }

  /** What it said last that it owns; `undefined` before it joined. */
  get owned(): readonly number[] | undefined {
    return this.lines.findLast(({ owned }) => owned !== undefined)?.owned;
  }

  get isRunning(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  signal(signal: NodeJS.Signals): number {
    const atMs = Date.now();
    this.#child.kill(signal);
    return atMs;
  }

  /** Resolves when the process is gone. */
  async ended(): Promise<void> {
    await this.#ended;
    running.delete(this);
  }

  async kill(): Promise<void> {
    this.signal('SIGKILL');
    await this.ended();
  }
}

/** Ends all members that still run. */
export async function killMembers(): Promise<void> {
  await Promise.all([...running].map((member) => member.kill()));
}

/** When (time of day, ms) a member said first after `fromMs` that it owns what `isIt` asks for; rejects after `withinMs`. */
export async function heard(
  member: Member,
  fromMs: number,
  withinMs: number,
  isIt: (owned: readonly number[]) => boolean,
): Promise<number> {
  const untilMs = Date.now() + withinMs;
  for (;;) {
    const line = member.lines.find(({ atMs, owned }) => atMs >= fromMs && owned !== undefined && isIt(owned));
    if (line !== undefined) return line.atMs;
    if (Date.now() > untilMs || !member.isRunning) {
      throw new Error(`not within ${withinMs} ms; it said ${JSON.stringify(member.lines)}\n${member.log}`);
    }
    await sleep(10);
  }
}

/** Resolves once these members own every partition, each exactly one and evenly; rejects after `withinMs`. */
export async function settled(members: readonly Member[], partitions: number, withinMs: number): Promise<void> {
  const untilMs = Date.now() + withinMs;
  for (;;) {
    if (isSettled(members, partitions)) {
      // What is right during a rebalance may be wrong after it.
      await sleep(600);
      if (isSettled(members, partitions)) return;
    }
    if (Date.now() > untilMs) {
      const facts = members.map(({ address, owned, log }) => `${address}: ${JSON.stringify(owned)}\n${log}`);
      throw new Error(`partitions are not settled within ${withinMs} ms:\n${facts.join('\n')}`);
    }
    await sleep(20);
  }
}

function isSettled(members: readonly Member[], partitions: number): boolean {
  const counts = members.map(({ owned }) => owned?.length ?? -1);
  const all = members.flatMap(({ owned }) => owned ?? []);
  return (
    all.length === partitions && new Set(all).size === partitions && Math.max(...counts) - Math.min(...counts) <= 1
  );
}
