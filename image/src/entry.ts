/**
 * Entry of the image: `entry PROCESS [options]`. In: what was typed. Out: that process in this one, as process 1 of the container,
 * so that signals reach it and its exit code is the container's; 2 for a name that there is not.
 */
import { entryUrl, readImageCall } from './processes.ts';

const call = readImageCall(process.argv.slice(2));
if (call.kind === 'help') process.stdout.write(call.text);
else if (call.kind === 'wrong') {
  process.stderr.write(`tapeline: ${call.problem}\n`);
  process.exitCode = 2;
} else {
  // What it finds on its command line is what it would find if it had been started by itself.
  process.argv.splice(2, process.argv.length, ...call.args);
  await import(entryUrl(call.process, import.meta.url).href);
}
