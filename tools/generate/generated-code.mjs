// @ts-check
/**
 * The TypeScript that is made from proto/. In: the contract. Out: the files of packages/adapters/wire/src/gen, or what
 * differs from them. The rule: committed files and generated files are the same, byte for byte, and nothing else lies
 * in that folder.
 */
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative, sep } from 'node:path';
import { repositoryRoot, runBuf } from './buf.mjs';
import { descriptorSetCode, descriptorSetFile } from './contract-image.mjs';

/** Where the generated code lies, relative to the root; buf.gen.yaml names the same folder. */
export const generatedFolder = 'packages/adapters/wire/src/gen';

/**
 * Generates into a folder of its own, hands it to `use`, removes it, and answers what `use` did; `undefined` if buf
 * failed.
 * @template Answer
 * @param {(fresh: string) => Answer} use
 * @returns {Answer | undefined}
 */
function withFreshCode(use) {
  const folder = mkdtempSync(join(tmpdir(), 'tapeline-generate-'));
  try {
    if (runBuf(['generate', '--output', folder]) !== 0) return undefined;
    const fresh = join(folder, generatedFolder);
    const descriptors = descriptorSetCode();
    if (descriptors === undefined) return undefined;
    writeFileSync(join(fresh, descriptorSetFile), descriptors);
    return use(fresh);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/**
 * Replaces the committed code by fresh code. Answers whether that worked; if the contract does not compile the
 * committed code stays.
 * @returns {boolean}
 */
export function writeGeneratedCode() {
  const committed = join(repositoryRoot, generatedFolder);
  const written = withFreshCode((fresh) => {
    rmSync(committed, { recursive: true, force: true });
    cpSync(fresh, committed, { recursive: true });
    return true;
  });
  return written === true;
}

/**
 * What differs between the committed code and fresh code: one line a file, empty if nothing does, `undefined` if buf
 * failed.
 * @returns {string[] | undefined}
 */
export function generatedCodeDifferences() {
  return withFreshCode((fresh) => folderDifferences(join(repositoryRoot, generatedFolder), fresh));
}

/**
 * One line for each file that is missing in `actual`, stands there in excess, or has other bytes than in `expected`.
 * @param {string} actual
 * @param {string} expected
 * @returns {string[]}
 */
export function folderDifferences(actual, expected) {
  const [actualFiles, expectedFiles] = [filesOf(actual), filesOf(expected)];
  const lines = [];
  for (const [name, bytes] of expectedFiles) {
    const committed = actualFiles.get(name);
    if (committed === undefined) lines.push(`${name} is missing`);
    else if (!committed.equals(bytes)) lines.push(`${name} differs`);
  }
  for (const name of actualFiles.keys()) if (!expectedFiles.has(name)) lines.push(`${name} is not generated any more`);
  return lines.sort();
}

/**
 * @param {string} folder
 * @returns {Map<string, Buffer>}
 */
function filesOf(folder) {
  if (!existsSync(folder)) return new Map();
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return new Map(
    entries.map((entry) => {
      const path = join(entry.parentPath, entry.name);
      return [relative(folder, path).split(sep).join('/'), readFileSync(path)];
    }),
  );
}
