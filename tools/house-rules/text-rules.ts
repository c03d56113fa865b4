/**
 * Rules about a file's text and name. In: a file. Out: breaches. Whatever a person wrote is judged, prose and
 * configuration too; what a generator wrote never gets here.
 */
import type { Offence } from './offence.ts';
import { isCode, isTest, type TextFile } from './repository.ts';
import type { Syntax } from './syntax.ts';

const headerLinesMin = 2;
const headerLinesMax = 6;

/** A header opens the file and tells what goes in, what comes out and the rule it keeps, in 2 to 6 lines (a test's in 1 to 6). */
export function headerOffences(syntax: Syntax): Offence[] {
  const { file } = syntax;
  const offence = (problem: string): Offence[] => [
    {
      path: file.path,
      line: 1,
      problem,
      remedy: 'open it with /** what goes in, what comes out, the rule it keeps */ in 2 to 6 lines',
    },
  ];
  const header = syntax.comments.find((comment) => comment.type === 'Block');
  const before = header === undefined ? '' : file.text.slice(0, header.start);
  // A program may have to start with its interpreter, and a JavaScript file with its wish to be type-checked.
  const opens = /^(#!.*\n)?(\/\/ @ts-check\n)?$/.test(before);
  if (header === undefined || !opens || !header.value.startsWith('*')) return offence('has no header comment');
  const lines = header.value.split('\n').filter((line) => /[^\s*]/.test(line)).length;
  const min = isTest(file) ? 1 : headerLinesMin;
  if (lines < min || lines > headerLinesMax) return offence(`has a header comment of ${lines} lines`);
  return [];
}

/** Put together from pieces, so that this file does not break its own rules. */
const unfinished = new RegExp(String.raw`\b(${['TO' + 'DO', 'FIX' + 'ME'].join('|')})\b`);
const machineFolders = ['work', 'root', 'tmp', 'home', 'Users', 'private'];
const machinePath = new RegExp(String.raw`(^|[\s"'\`(=:,])(/(${machineFolders.join('|')})/|[A-Z]:\\)`);
/** These describe an image and its pods, whose folders are no machine's. */
const ofImage = /^(Dockerfile$|charts\/)/;

/** Nothing unfinished is kept, and nothing names the machine it was written on. */
export function wordOffences(file: TextFile): Offence[] {
  // Words inside a mutant belong to the file it changes.
  if (file.path.endsWith('.patch')) return [];
  return file.text.split('\n').flatMap((text, index) => {
    const found: Offence[] = [];
    const at = { path: file.path, line: index + 1 };
    const word = unfinished.exec(text)?.[1];
    if (word !== undefined)
      found.push({ ...at, problem: `says ${word}`, remedy: 'do it, or open an issue and leave no mark' });
    const place = ofImage.test(file.path) ? undefined : machinePath.exec(text)?.[2];
    if (place !== undefined) {
      found.push({
        ...at,
        problem: `names a path of a machine (${place})`,
        remedy: 'name files relative to the repository',
      });
    }
    return found;
  });
}

const linesMax = 400;
const sizedEndings = /\.(mjs|js|sql|cql|sh|py|proto)$|^\.ci\/run$/;

/** A source that lint does not measure has 400 lines at most, as those that it does. */
export function sizeOffences(file: TextFile): Offence[] {
  const lines = file.text.split('\n').length - 1;
  if (!sizedEndings.test(file.path) || lines <= linesMax) return [];
  return [
    {
      path: file.path,
      line: linesMax + 1,
      problem: `has ${lines} lines`,
      remedy: `split it by idea; ${linesMax} is the most`,
    },
  ];
}

const junkNames = /(^|[-_])(utils?|commons?|helpers?|shared|misc|managers?|stuff|various|lib)$/;

/** A name says one idea: no drawer for anything, kebab-case for code, and an index only where a package begins. */
export function nameOffences(file: TextFile, packageFolders: readonly string[]): Offence[] {
  const at = { path: file.path, line: 1 };
  const found: Offence[] = [];
  for (const part of file.path.split('/')) {
    const stem = part.replace(/^\./, '').split('.')[0] ?? '';
    if (junkNames.test(stem)) {
      found.push({
        ...at,
        problem: `'${part}' is a name that admits anything`,
        remedy: 'name it by the one idea in it',
      });
    }
    if (isCode(file) && /[A-Z_]/.test(stem)) {
      found.push({
        ...at,
        problem: `'${part}' is not kebab-case`,
        remedy: 'write its words in small letters with - between',
      });
    }
  }
  const isEntry = packageFolders.some((folder) => file.path === `${folder}/src/index.ts`);
  if (/(^|\/)index\.[a-z]+$/.test(file.path) && isCode(file) && !isEntry) {
    found.push({ ...at, problem: 'is an index inside a package', remedy: 'import from the file that has the idea' });
  }
  return found;
}
