/**
 * The mutants as they lie beside this file. In: a folder of `*.patch`. Out: each with its name, the rule that it
 * breaks and the test that is tried first, in order of their names; or what is wrong with a patch. A patch is header
 * lines `Rule: …` and `Test: …`, an empty line, and a unified diff against the repository's root.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

/** One deliberate break of one rule. */
export type Mutant = {
  /** The patch's file name without `.patch`. */
  readonly name: string;
  /** Absolute path of the patch. */
  readonly file: string;
  /** The rule that it breaks, with where the rule is written. */
  readonly rule: string;
  /** Path of the test file that is tried first, from the root; `undefined` = the suites in their order. */
  readonly test: string | undefined;
  /** Folders of the packages that it changes, from the root. */
  readonly packages: readonly string[];
};

/** A patch that cannot be used: `message` names the file and what to do. */
export type MutantProblem = { readonly code: 'MUTANT_MALFORMED'; readonly message: string };

/** The mutants in a folder, in order of name, or the first problem. `folders` are those in which a `Test:` may lie. */
export function readMutants(folder: string, folders: readonly string[]): Mutant[] | MutantProblem {
  const mutants: Mutant[] = [];
  for (const entry of readdirSync(folder).toSorted()) {
    if (!entry.endsWith('.patch')) continue;
    const file = path.join(folder, entry);
    const mutant = parseMutant(entry.slice(0, -'.patch'.length), file, readFileSync(file, 'utf8'), folders);
    if ('code' in mutant) return mutant;
    mutants.push(mutant);
  }
  return mutants;
}

/** One mutant from the text of its patch. */
export function parseMutant(
  name: string,
  file: string,
  text: string,
  folders: readonly string[],
): Mutant | MutantProblem {
  const malformed = (what: string): MutantProblem => ({ code: 'MUTANT_MALFORMED', message: `${name}.patch ${what}` });
  if (!/^[0-9]{3}-[a-z0-9-]+$/.test(name)) return malformed('is not named NNN-what-is-broken.patch');
  const [header = '', ...diff] = text.split(/^(?=--- )/m);
  if (diff.length === 0) return malformed('has no diff: a line that begins with --- comes after the header');
  const rule = /^Rule: (.+)$/m.exec(header)?.[1];
  if (rule === undefined)
    return malformed('names no rule: begin it with a line such as "Rule: docs/tape-rules.md F3, …"');
  const test = /^Test: (.+)$/m.exec(header)?.[1];
  if (test !== undefined && !folders.some((folder) => test.startsWith(folder))) {
    return malformed(`names the test '${test}', which is in no suite; they lie in ${folders.join(', ')}`);
  }
  const changed = diff.flatMap(
    (each) => /^--- a\/((?:packages\/(?:adapters\/)?|services\/)[^/]+)\//.exec(each)?.[1] ?? [],
  );
  return { name, file, rule, test, packages: [...new Set(changed)] };
}

/** Writes down which test killed a mutant, so that it is the first one that is tried the next time. */
export function nameTest({ file }: Mutant, test: string): void {
  const text = readFileSync(file, 'utf8').replace(/^Test: .+\n/m, '');
  writeFileSync(file, text.replace(/^(Rule: .+\n)/m, `$1Test: ${test}\n`));
}
