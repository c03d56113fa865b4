// @ts-check
/**
 * Checks the contract, as a part of `npm run check`: lint, format, no breaking change, a baseline and generated code
 * that are up to date. In: nothing. Out: what is broken, exit code 1 if anything is.
 */
import { contractFaults } from './contract-checks.mjs';

const faults = contractFaults();
for (const fault of faults) console.error(fault);
if (faults.length === 0) console.log('The contract holds: lint, format, compatibility, baseline, generated code');
else process.exitCode = 1;
