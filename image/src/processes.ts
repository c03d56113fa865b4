/**
 * What the image can run. In: a name. Out: the entry of that process, and what it is for. Each entry reads its own options from
 * the command line and the environment, so nothing is decided here but which one.
 */

/** One process of the image. */
export type ImageProcess = {
  /** One line for the overview. */
  readonly about: string;
  /** Its package, relative to the repository and to the image's folder of programs. */
  readonly folder: string;
  /** Its entry in that package's sources, without the ending. */
  readonly entry: string;
  /** What its entry gets before what was typed. */
  readonly args?: readonly string[];
};

/** Every process by the name that is the image's argument. */
export const imageProcesses: Readonly<Record<string, ImageProcess>> = {
  ingest: { about: 'takes ticks by gRPC and makes them durable in the log', folder: 'services/ingest', entry: 'main' },
  worker: {
    about: 'makes bars of the log; shares its partitions with others',
    folder: 'services/worker',
    entry: 'main',
  },
  query: { about: 'answers by gRPC and HTTP, and serves the page', folder: 'services/query', entry: 'main' },
  feed: { about: 'publishes a simulated, recorded or live market to ingest', folder: 'services/feed', entry: 'main' },
  operator: { about: 'keeps TickStreams and TickStores as declared', folder: 'operator', entry: 'main' },
  serve: {
    about: 'the whole market in one process, for one machine',
    folder: 'services/standalone',
    entry: 'main',
    args: ['serve'],
  },
  bars: { about: 'makes bars of recorded ticks', folder: 'services/standalone', entry: 'main', args: ['bars'] },
  'kubectl-tapeline': {
    about: 'shows streams and stores of a cluster as a tree',
    folder: 'operator',
    entry: 'plugin/kubectl-tapeline',
  },
  'apply-objects': { about: 'applies declared objects to Kubernetes', folder: 'image', entry: 'apply-main' },
  'check-market': { about: 'publishes ticks and reads their bar back', folder: 'image', entry: 'check-main' },
};

/** What was asked of the image: a process with its arguments, a text for standard output, or what is wrong. */
export type ImageCall =
  | { readonly kind: 'run'; readonly process: ImageProcess; readonly args: readonly string[] }
  | { readonly kind: 'help'; readonly text: string }
  | { readonly kind: 'wrong'; readonly problem: string };

/** Reads what follows the program's name. */
export function readImageCall(args: readonly string[]): ImageCall {
  const [name, ...rest] = args;
  if (name === '--help' || name === '-h' || name === 'help') return { kind: 'help', text: overview() };
  if (name === undefined) return { kind: 'wrong', problem: `names no process; give one of ${names().join(', ')}` };
  const found = Object.hasOwn(imageProcesses, name) ? imageProcesses[name] : undefined;
  if (found === undefined) {
    const shown = JSON.stringify(name.length <= 60 ? name : `${name.slice(0, 60)}…`);
    return { kind: 'wrong', problem: `there is no process ${shown}; give one of ${names().join(', ')}` };
  }
  return { kind: 'run', process: found, args: [...(found.args ?? []), ...rest] };
}

/**
 * Where the entry of a process lies, seen from the module at `here`: beside sources among sources, beside what is built
 * among what is built.
 */
export function entryUrl({ folder, entry }: ImageProcess, here: string): URL {
  const [place, ending] = here.endsWith('.ts') ? ['src', 'ts'] : ['dist', 'js'];
  return new URL(`../../${folder}/${place}/${entry}.${ending}`, here);
}

function names(): readonly string[] {
  return Object.keys(imageProcesses);
}

function overview(): string {
  const width = Math.max(...names().map((name) => name.length));
  const lines = Object.entries(imageProcesses).map(([name, { about }]) => `  ${name.padEnd(width)}  ${about}`);
  return [
    'The first argument is the process, what follows are its options; --help after it lists them.',
    '',
    ...lines,
    '',
  ].join('\n');
}
