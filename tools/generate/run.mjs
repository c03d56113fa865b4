// @ts-check
/**
 * `npm run generate`: makes the TypeScript of packages/adapters/wire/src/gen from proto/. In: nothing. Out: the files,
 * exit code 1 if the contract does not compile; then the files stay as they were.
 */
import { generatedFolder, writeGeneratedCode } from './generated-code.mjs';

if (writeGeneratedCode()) console.log(`${generatedFolder} is up to date with proto/`);
else {
  console.error('The contract does not compile: nothing was written. See buf above.');
  process.exitCode = 1;
}
