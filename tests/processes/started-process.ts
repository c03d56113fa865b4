/**
 * One of the processes, as a supervisor starts it. In: its name and options. Out: what it says, the values of its log lines,
 * and ways to end it. Ports are of the system's choice.
 */
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** Those with an entry of their own. */
export type ProcessName = 'ingest' | 'worker' | 'query' | 'feed';

/** How a process ended, and all that it wrote. */
export type Ending = {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly out: string;
  readonly err: string;
};

/** A started process. */
export type StartedProcess = {
  readonly pid: number;
  /** Everything on standard error so far. */
  err(): string;
  /** The value of a field of a log line, once one has it. */
  field(name: string, withinMs?: number): Promise<string>;
  readonly ended: Promise<Ending>;
  /** Sends the signal and waits for the end. */
  end(signal: NodeJS.Signals): Promise<Ending>;
};

const pollMs = 20;
const portsOf: Readonly<Record<ProcessName, readonly string[]>> = {
  ingest: ['grpc-port', 'metrics-port'],
  worker: ['grpc-port', 'metrics-port'],
  query: ['grpc-port', 'http-port'],
  feed: ['metrics-port'],
};

/** Starts it and waits for nothing. */
export function startProcess(
  name: ProcessName,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): StartedProcess {
  const main = fileURLToPath(new URL(`../../services/${name}/src/main.ts`, import.meta.url));
  const ports = portsOf[name].filter((port) => !args.includes(`--${port}`)).flatMap((port) => [`--${port}`, '0']);
  const nodeArgs = ['--disable-warning=ExperimentalWarning', '--conditions=source'];
  const child = spawn(process.execPath, [...nodeArgs, main, ...ports, '--log-format', 'json', ...args], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const [out, err]: [Buffer[], Buffer[]] = [[], []];
  child.stdout.on('data', (chunk: Buffer) => out.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => err.push(chunk));
  const errText = (): string => Buffer.concat(err).toString();
  let hasEnded = false;
  const ended = new Promise<Ending>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => {
      hasEnded = true;
      resolve({ code, signal, out: Buffer.concat(out).toString(), err: errText() });
    });
  });
  const field = async (wanted: string, withinMs = 60_000): Promise<string> => {
    const deadline = performance.now() + withinMs;
    for (;;) {
      const found = new RegExp(`"${wanted}":"?([^",}]+)`).exec(errText())?.[1];
      if (found !== undefined) return found;
      if (hasEnded || performance.now() > deadline) throw new Error(`${name} did not say ${wanted}:\n${errText()}`);
      await new Promise((resolve) => setTimeout(resolve, pollMs));
    }
  };
  const end = async (signal: NodeJS.Signals): Promise<Ending> => {
    child.kill(signal);
    return ended;
  };
  return { pid: child.pid ?? 0, err: errText, field, ended, end };
}

/** The lines that a process wrote to standard error for a person, without those of its log. */
export function linesFor({ err }: Ending): string[] {
  return err
    .trimEnd()
    .split('\n')
    .filter((line) => !line.startsWith('{'));
}
