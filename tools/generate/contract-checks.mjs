// @ts-check
/**
 * What must hold for the contract before it is merged. In: proto/, the baseline and the generated code as committed.
 * Out: one line for each rule that is broken, with its remedy. Nothing is written.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { baselinePath, repositoryRoot, runBuf } from './buf.mjs';
import { contractImage } from './contract-image.mjs';
import { generatedCodeDifferences, generatedFolder } from './generated-code.mjs';

/**
 * Every broken rule of the contract, in words; empty if all hold.
 * @returns {string[]}
 */
export function contractFaults() {
  return [...textFaults(), ...breakingFaults(), ...baselineFaults(), ...generatedCodeFaults()];
}

/** @returns {string[]} */
function textFaults() {
  const faults = [];
  if (runBuf(['lint']) !== 0) faults.push('proto/ breaks a rule of buf.yaml: see buf above');
  if (runBuf(['format', '--diff', '--exit-code']) !== 0) {
    faults.push('proto/ is not in the format of `buf format`: apply the difference above');
  }
  return faults;
}

/**
 * What `folder` takes away or changes of what the baseline has, in words; empty if it only adds.
 * @param {string} folder holds a buf.yaml; the repository itself where it is left out
 * @returns {string[]}
 */
export function breakingFaults(folder = '.') {
  if (!existsSync(join(repositoryRoot, baselinePath))) {
    return [`${baselinePath} is missing: make it with \`node tools/generate/baseline.mjs\``];
  }
  if (runBuf(['breaking', folder, '--against', baselinePath]) === 0) return [];
  return ['proto/ breaks the contract that clients have: add fields and messages, leave those that are there'];
}

/**
 * Whether additions stand outside the baseline, where nothing would keep them from being changed again.
 * @returns {string[]}
 */
function baselineFaults() {
  const committed = join(repositoryRoot, baselinePath);
  const image = contractImage();
  if (image === undefined || !existsSync(committed) || readFileSync(committed).equals(image)) return [];
  return [
    `${baselinePath} does not have all of proto/: if the additions are final, run \`node tools/generate/baseline.mjs\``,
  ];
}

/** @returns {string[]} */
function generatedCodeFaults() {
  const differences = generatedCodeDifferences();
  if (differences === undefined) return [`${generatedFolder} was not compared: the contract does not compile`];
  return differences.map((line) => `${generatedFolder}/${line}: run \`node tools/generate/run.mjs\``);
}
