/**
 * Entry of every npm script: `node tools/bootstrap/run.mjs TASK ARGS…`. In: any Node and a fresh clone. Out: the task,
 * run by Node 24 or newer with all dependencies there; its exit code or signal is ours. This file itself keeps to
 * syntax that old versions of Node can read, so that they get a message and not a syntax error.
 */
import process from 'node:process';

const nodeMajorMin = 20;
const nodeMajor = Number(process.versions.node.split('.')[0]);

if (nodeMajor < nodeMajorMin) {
  process.stderr.write(
    `tapeline: Node ${process.versions.node} is too old to begin with; install Node ${nodeMajorMin} or newer (https://nodejs.org).\n`,
  );
  process.exitCode = 1;
} else {
  void import('./main.mjs').then((bootstrap) => bootstrap.main(process.argv.slice(2)));
}
