// @ts-check
/**
 * Moves the baseline of the contract, proto/baseline.binpb, over the additions of proto/. In: nothing. Out: the new
 * baseline, exit code 1 if proto/ breaks the one that is there; then that one stays. It is the last step of a change of
 * the contract: from then on what was added can no more be changed or taken away. Before the first release, and only
 * then, a breaking change is made by removing the file first.
 */
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { baselinePath, repositoryRoot } from './buf.mjs';
import { breakingFaults } from './contract-checks.mjs';
import { contractImage } from './contract-image.mjs';

const path = join(repositoryRoot, baselinePath);
const faults = existsSync(path) ? breakingFaults() : [];
const image = faults.length === 0 ? contractImage() : undefined;
if (image === undefined) {
  for (const fault of faults) console.error(fault);
  console.error(`${baselinePath} stays as it was. See buf above.`);
  process.exitCode = 1;
} else {
  writeFileSync(path, image);
  console.log(`${baselinePath} has all of proto/ now`);
}
