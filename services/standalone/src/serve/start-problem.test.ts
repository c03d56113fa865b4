/** What keeps a market from starting is one sentence with option, value and remedy; a defect is none. */
import { BackendError } from '@tapeline/backend';
import { LogError } from '@tapeline/domain';
import { EmbeddedError } from '@tapeline/embedded';
import { ReplayRegisterError } from '@tapeline/feed';
import { NotListeningError } from '@tapeline/runtime';
import { WorkerFailedError } from '@tapeline/worker';
import { expect, test } from 'vitest';
import { startProblem } from './start-problem.ts';

test.each([
  new EmbeddedError('DATA_DIR_FULL', 'no space'),
  new BackendError('no broker answered'),
  new NotListeningError('--grpc-port 80 is in use'),
  new ReplayRegisterError('no register'),
  new WorkerFailedError(1, 'partition 1 cannot go on'),
  new LogError('LOG_UNAVAILABLE', 'the log does not answer'),
])('%s is told in its own words', (error) => {
  expect(startProblem(error)).toBe(error.message);
});

test('a defect has no sentence of its own', () => {
  expect(startProblem(new TypeError('x is not a function'))).toBeUndefined();
  expect(
    startProblem(Object.assign(new Error('EADDRINUSE'), { code: 'EADDRINUSE', syscall: 'listen' })),
  ).toBeUndefined();
});
