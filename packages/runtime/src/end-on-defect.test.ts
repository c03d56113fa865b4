/** What nobody caught ends the process with one line. */
import { EventEmitter } from 'node:events';
import { expect, test } from 'vitest';
import { type DefectSource, endOnDefect } from './end-on-defect.ts';
import { createLogger } from './logger.ts';

class FakeProcess extends EventEmitter implements DefectSource {
  readonly exits: number[] = [];

  exit(code: number): void {
    this.exits.push(code);
  }
}

test.each(['uncaughtException', 'unhandledRejection'])('%s: one line, one exit, also if more follow', (event) => {
  const lines: string[] = [];
  const source = new FakeProcess();
  const destination = { write: (line: string): number => lines.push(line) };
  endOnDefect(createLogger({ name: 'query', level: 'info', format: 'text', destination }), 3, source);
  source.emit(event, new Error('broken'));
  source.emit('uncaughtException', 'again');
  expect(source.exits).toEqual([3]);
  expect(lines).toHaveLength(1);
  expect(lines[0]).toContain('ERROR a defect of tapeline, please report it');
  expect(lines[0]).toContain('error="Error: broken"');
});
