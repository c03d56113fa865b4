/**
 * The mutants as they lie beside this file. In: a folder of `*.patch`. Out: each with its name, the rule that it
 * breaks and the suite that is tried first, in order of their names; or what is wrong with a patch. A patch is header
 * lines `Rule: …` and, where it helps, `Suite: …`, an empty line, and a unified diff against the repository's root.
 */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

/** One deliberate break of one rule. */
export type Mutant = {
  /** The patch's file name without `.patch`. */
  readonly name: string;
  /** Absolute path of the patch. */
  readonly file: string;
  /** The rule that it breaks, with where the rule is written. */
  readonly rule: string;
  /** Name of the suite that is tried first; `undefined` = the suites in their order. */
  readonly suite: string | undefined;
};

/** A patch that cannot be used: `message` names the file and what to do. */
export type MutantProblem = { readonly code: 'MUTANT_MALFORMED'; readonly message: string };

/** The mutants in a folder, in order of name, or the first problem. `suites` are the names that `Suite:` may give. */
export function readMutants(folder: string, suites: readonly string[]): Mutant[] | MutantProblem {
  const mutants: Mutant[] = [];
  for (const entry of readdirSync(folder).toSorted()) {
    if (!entry.endsWith('.patch')) continue;
    const file = path.join(folder, entry);
    const mutant = parseMutant(entry.slice(0, -'.patch'.length), file, readFileSync(file, 'utf8'), suites);
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
  suites: readonly string[],
): Mutant | MutantProblem {
  const malformed = (what: string): MutantProblem => ({ code: 'MUTANT_MALFORMED', message: `${name}.patch ${what}` });
  if (!/^[0-9]{3}-[a-z0-9-]+$/.test(name)) return malformed('is not named NNN-what-is-broken.patch');
  const [header = '', ...diff] = text.split(/^(?=--- )/m);
  if (diff.length === 0) return malformed('has no diff: a line that begins with --- comes after the header');
  const rule = /^Rule: (.+)$/m.exec(header)?.[1];
  if (rule === undefined)
    return malformed('names no rule: begin it with a line such as "Rule: docs/tape-rules.md F3, …"');
  const suite = /^Suite: (.+)$/m.exec(header)?.[1];
  if (suite !== undefined && !suites.includes(suite)) {
    return malformed(`names the suite '${suite}'; there are ${suites.join(', ')}`);
  }
  return { name, file, rule, suite };
}
