/**
 * What the two sides of a thread say to each other. In: nothing. Out: the shapes of calls and answers. Calls are
 * answered in the order in which they were made; bytes are handed over, not copied, where `transfer` names them.
 */
import type { Failure } from './sqlite-failure.ts';

/** The calls that a thread answers, by name. */
export type Calls = Record<string, { readonly request: unknown; readonly answer: unknown }>;

/** What a handler returns. `after` runs once the answer is on its way, so that nobody waits for it. */
export type Handled<Answer> = {
  readonly answer: Answer;
  readonly transfer?: readonly ArrayBuffer[];
  readonly after?: () => void;
};

/** One handler for each call. */
export type Handlers<Served extends Calls> = {
  readonly [Name in keyof Served]: (request: Served[Name]['request']) => Handled<Served[Name]['answer']>;
};

/** A call on its way. */
export type CallMessage = { readonly id: number; readonly name: string; readonly request: unknown };

/** Its answer, or why there is none. */
export type AnswerMessage =
  | { readonly id: number; readonly answer: unknown }
  | { readonly id: number; readonly failure: Failure };

/** What a thread says without being asked: something that a person should know of. */
export type NoteMessage = { readonly note: string; readonly facts: Record<string, string> };
