/**
 * Tries mutants one by one. In: copies of the repository, mutants. Out: of each, which suite killed it with which test,
 * or that it survived, does not apply, or is no program. The suites run until one fails, or all of them where the whole
 * matrix is asked for. As many mutants at once as there are copies.
 */
import type { Mutant } from './mutant-patch.ts';
import { runSuite, type Suite, suiteOfFile, typeProblem } from './suites.ts';
import { applyPatch } from './tree-copy.ts';

/** A test that failed, and its file, from the root. */
export type Kill = { readonly test: string; readonly file: string };

/** What became of a mutant. `killed`: the tests that failed, by suite; `unusable`: no verdict about the rule. */
export type Outcome = {
  readonly mutant: Mutant;
  readonly ms: number;
} & (
  | { readonly kind: 'killed'; readonly by: ReadonlyMap<string, Kill> }
  | { readonly kind: 'survived' }
  | { readonly kind: 'unusable'; readonly reason: string; readonly remedy: string }
);

/** Where and how mutants are tried. */
export type Hunt = {
  readonly copies: readonly string[];
  readonly suites: readonly Suite[];
  /** Whether every suite is tried on every mutant, or only until one kills it. */
  readonly allSuites: boolean;
  readonly signal: AbortSignal;
  /** Told after each mutant. */
  readonly onOutcome: (outcome: Outcome) => void;
};

/** Runs every suite on a copy without a mutant; the answer is what is wrong, nothing if all passed. */
export async function checkUnmutated(hunt: Hunt): Promise<string[]> {
  const wrong: string[] = [];
  const queue = [...hunt.suites];
  await onEachCopy(hunt.copies, async (copy) => {
    for (let suite = queue.shift(); suite !== undefined; suite = queue.shift()) {
      const result = await runSuite(copy, suite, hunt.signal);
      if (result.kind === 'failed') wrong.push(`suite ${suite.name} fails: ${result.test}`);
      else if (result.kind === 'unusable') wrong.push(`suite ${suite.name} says nothing: ${result.reason}`);
    }
  });
  const [copy] = hunt.copies;
  const types = copy === undefined ? 'there is no copy' : await typeProblem(copy, ['packages/**'], hunt.signal);
  if (types !== undefined) wrong.push(`the packages do not compile: ${types}`);
  return wrong;
}

/** Tries every mutant; the outcomes stand in the mutants' order. */
export async function huntMutants(mutants: readonly Mutant[], hunt: Hunt): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  let next = 0;
  await onEachCopy(hunt.copies, async (copy) => {
    for (let index = next++; index < mutants.length; index = next++) {
      const outcome = await tryMutant(copy, mutants[index] as Mutant, hunt);
      outcomes[index] = outcome;
      hunt.onOutcome(outcome);
    }
  });
  return outcomes;
}

/** Works on all copies at once. Throws what the first that failed threw, once all have ended: copies can go then. */
async function onEachCopy(copies: readonly string[], work: (copy: string) => Promise<void>): Promise<void> {
  const ended = await Promise.allSettled(copies.map(work));
  for (const copy of ended) if (copy.status === 'rejected') throw copy.reason;
}

async function tryMutant(copy: string, mutant: Mutant, hunt: Hunt): Promise<Outcome> {
  const started = performance.now();
  const seconds = (): { mutant: Mutant; ms: number } => ({ mutant, ms: performance.now() - started });
  const refused = applyPatch(copy, mutant.file, 'apply');
  if (refused !== undefined) {
    const remedy = 'write the mutant anew for the code as it is';
    return { ...seconds(), kind: 'unusable', reason: `does not apply: ${refused}`, remedy };
  }
  const verdict = await verdictOf(copy, mutant, hunt);
  const stuck = applyPatch(copy, mutant.file, 'reverse');
  if (stuck !== undefined) throw new Error(`${mutant.name} could not be taken back: ${stuck}`);
  return { ...verdict, ...seconds() };
}

async function verdictOf(copy: string, mutant: Mutant, hunt: Hunt): Promise<Verdict> {
  const types = await typeProblem(copy, mutant.packages, hunt.signal);
  if (types === undefined) return tryParts(copy, mutant, hunt);
  const remedy = 'a mutant must be a program that does the wrong thing';
  return { kind: 'unusable', reason: `does not compile: ${types}`, remedy };
}

type Verdict = Outcome extends infer Each ? (Each extends Outcome ? Omit<Each, 'mutant' | 'ms'> : never) : never;

async function tryParts(copy: string, mutant: Mutant, hunt: Hunt): Promise<Verdict> {
  const by = new Map<string, Kill>();
  // The test that killed it the last time takes a second; where it is silent now, all of them are asked.
  const known = mutant.test === undefined || hunt.allSuites ? [] : [suiteOfFile(mutant.test)];
  for (const suite of [...known.filter(({ name }) => hunt.suites.some((each) => each.name === name)), ...hunt.suites]) {
    const result = await runSuite(copy, suite, hunt.signal);
    if (result.kind === 'unusable') {
      const remedy = 'a mutant must load, end, and fail by what a test expects';
      return { kind: 'unusable', reason: `suite ${suite.name}: ${result.reason}`, remedy };
    }
    if (result.kind === 'failed') by.set(suite.name, result);
    if (by.size > 0 && !hunt.allSuites) break;
  }
  return by.size > 0 ? { kind: 'killed', by } : { kind: 'survived' };
}
