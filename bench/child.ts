/**
 * The process in which one thing is made or measured. In: a task's name and its argument as JSON, on the command line.
 * Out: the result as JSON on stdout. A process of its own for each keeps what one run taught the compiler from the next.
 */
import { measureBaseline } from './baseline-task.ts';
import { measureBytes } from './bytes-task.ts';
import { measureContractDecode, measureDecode } from './decode-task.ts';
import { measureFold } from './fold-task.ts';
import { generatedTape, type TapeName } from './generated-tape.ts';
import { measureLatency } from './latency-task.ts';
import { measurePlainMarket } from './plain-market-task.ts';
import { writeRealDays } from './real-day-task.ts';
import { measureSnapshot } from './snapshot-task.ts';
import { writeTape } from './tape-file.ts';
import { measureThroughput } from './throughput-task.ts';

function generate(task: { tape: TapeName; ticks: number; file: string }): null {
  writeTape(task.file, generatedTape(task.tape, task.ticks));
  return null;
}

/** What a child can do, by name. */
export type ChildTasks = {
  readonly generate: typeof generate;
  readonly writeRealDays: typeof writeRealDays;
  readonly measureBytes: typeof measureBytes;
  readonly measureDecode: typeof measureDecode;
  readonly measureContractDecode: typeof measureContractDecode;
  readonly measureFold: typeof measureFold;
  readonly measureBaseline: typeof measureBaseline;
  readonly measureSnapshot: typeof measureSnapshot;
  readonly measureThroughput: typeof measureThroughput;
  readonly measureLatency: typeof measureLatency;
  readonly measurePlainMarket: typeof measurePlainMarket;
};

const tasks: ChildTasks = {
  generate,
  writeRealDays,
  measureBytes,
  measureDecode,
  measureContractDecode,
  measureFold,
  measureBaseline,
  measureSnapshot,
  measureThroughput,
  measureLatency,
  measurePlainMarket,
};

const [, , name = '', argument = 'null'] = process.argv;
if (!Object.hasOwn(tasks, name)) throw new RangeError(`no task of the bench is named '${name}'`);
const run = tasks[name as keyof ChildTasks] as (task: unknown) => unknown;
process.stdout.write(JSON.stringify(await run(JSON.parse(argument))));
