/**
 * Conditions as decisions make them. In: what is known. Out: type, status, reason and message. When one flipped is the status
 * writer's business, so a decision is a pure function of what was seen.
 */

/** Whether something is so, in the words of Kubernetes' conditions. */
export const truths = ['True', 'False', 'Unknown'] as const;
/** One of them. */
export type Truth = (typeof truths)[number];

/** A condition of the kind whose types and reasons these are. */
export type Condition<Type extends string = string, Reason extends string = string> = {
  readonly type: Type;
  readonly status: Truth;
  readonly reason: Reason;
  /** One sentence or two: the fact, and what a person can do. */
  readonly message: string;
};

/** What a status holds, of either kind; conditions without their times. Further fields are the kind's own. */
export type DecidedStatus<Type extends string = string, Reason extends string = string> = {
  /** The generation that was judged. */
  readonly observedGeneration: number;
  readonly conditions: readonly Condition<Type, Reason>[];
  readonly [field: string]: unknown;
};

/** What became of one concern: a truth with its reason and message, before it is a condition. */
export type Finding<Reason extends string = string> = Omit<Condition<string, Reason>, 'type'>;

/** Characters of a message at most, as the schema has it. */
export const messageCharsMax = 1_024;

/** A finding; its message is cut at what the schema takes. */
export function finding<Reason extends string>(status: Truth, reason: Reason, message: string): Finding<Reason> {
  const short = message.length <= messageCharsMax ? message : `${message.slice(0, messageCharsMax - 1)}…`;
  return { status, reason, message: short };
}

/** A finding as a condition. */
export function conditionOf<Type extends string, Reason extends string>(
  type: Type,
  { status, reason, message }: Finding<Reason>,
): Condition<Type, Reason> {
  return { type, status, reason, message };
}
