/**
 * A whole market as a person starts it: `tapeline` with options, in a process of its own. In: arguments. Out: where its
 * page and its gRPC are, once it says so, and ways to end it.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const main = fileURLToPath(new URL('../../services/standalone/src/main.ts', import.meta.url));

/** How a process ended, and all that it wrote. */
export type MarketEnding = {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly out: string;
  readonly err: string;
};

/** A started market. */
export type MarketProcess = {
  readonly pid: number;
  /** Such as `http://127.0.0.1:40001`. */
  readonly http: string;
  /** Such as `127.0.0.1:40002`. */
  readonly grpc: string;
  /** Everything on standard error so far. */
  readonly err: () => string;
  readonly ended: Promise<MarketEnding>;
  /** Sends the signal and waits for the end. */
  readonly end: (signal: NodeJS.Signals) => Promise<MarketEnding>;
};

/** What a start may be given besides its arguments. */
export type MarketSurroundings = {
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
  readonly readyMs?: number;
  /** Hears standard error, all of it so far, while the market starts. */
  readonly hears?: (err: string) => void;
};

/** Starts `tapeline` on ports of the system's choice, and resolves when both are open. */
export async function startMarket(
  args: readonly string[],
  { cwd, env = {}, readyMs = 60_000, hears }: MarketSurroundings = {},
): Promise<MarketProcess> {
  const { child, ended, err } = spawnTapeline(withPorts(args), { ...(cwd === undefined ? {} : { cwd }), env });
  const found = (): { http: string; grpc: string } | undefined => {
    const http = /page +(http:\S+?)\/?\s/.exec(err())?.[1];
    const grpc = /gRPC +(\S+:\d+)\s/.exec(err())?.[1];
    return http === undefined || grpc === undefined ? undefined : { http, grpc };
  };
  let hasEnded = false;
  void ended.then(() => (hasEnded = true));
  const deadline = performance.now() + readyMs;
  for (;;) {
    const addresses = found();
    hears?.(err());
    if (addresses !== undefined) {
      const end = async (signal: NodeJS.Signals): Promise<MarketEnding> => {
        child.kill(signal);
        return ended;
      };
      return { pid: child.pid ?? 0, ...addresses, err, ended, end };
    }
    if (hasEnded || performance.now() > deadline) {
      child.kill('SIGKILL');
      throw new Error(`the market did not start:\n${err()}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** Runs `tapeline` to its end by itself, as with `--once`. */
export function runMarket(args: readonly string[], surroundings: MarketSurroundings = {}): Promise<MarketEnding> {
  return spawnTapeline(withPorts(args), surroundings).ended;
}

/** The arguments, with ports of the system's choice where none are named. */
function withPorts(args: readonly string[]): readonly string[] {
  const isNamed = (name: string): boolean => args.some((each) => each === name || each.startsWith(`${name}=`));
  return [...['--http-port', '--grpc-port'].flatMap((name) => (isNamed(name) ? [] : [name, '0'])), ...args];
}

/** Starts `tapeline` and waits for nothing. */
export function startProcess(args: readonly string[]): {
  readonly child: ChildProcess;
  readonly ended: Promise<MarketEnding>;
} {
  return spawnTapeline(withPorts(args), {});
}

function spawnTapeline(
  args: readonly string[],
  { cwd, env }: MarketSurroundings,
): { readonly child: ChildProcess; readonly ended: Promise<MarketEnding>; readonly err: () => string } {
  const nodeArgs = ['--disable-warning=ExperimentalWarning', '--conditions=source'];
  const child = spawn(process.execPath, [...nodeArgs, main, ...args], {
    ...(cwd === undefined ? {} : { cwd }),
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const [out, err]: [Buffer[], Buffer[]] = [[], []];
  child.stdout.on('data', (chunk: Buffer) => out.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => err.push(chunk));
  const errText = (): string => Buffer.concat(err).toString();
  const ended = new Promise<MarketEnding>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => {
      resolve({ code, signal, out: Buffer.concat(out).toString(), err: errText() });
    });
  });
  return { child, ended, err: errText };
}
