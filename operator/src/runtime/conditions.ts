/**
 * Conditions of an object's status. In: those it has and those it shall have. Out: the list to write: a time changes only when its
 * condition's status flips, so that "since when" stays true. Pure; nothing changes if nothing changed.
 */

/** One condition, as Kubernetes' own objects have it. */
export type Condition = {
  readonly type: string;
  readonly status: 'True' | 'False' | 'Unknown';
  /** One word in CamelCase. */
  readonly reason: string;
  /** A sentence for a person. */
  readonly message: string;
  /** The `metadata.generation` that was judged. */
  readonly observedGeneration: number;
  /** When `status` last flipped, RFC 3339 with whole seconds. */
  readonly lastTransitionTime: string;
};

/** A condition that is wanted; its time follows. */
export type WantedCondition = Omit<Condition, 'lastTransitionTime'>;

/** A condition whose status or reason became another; for an event. */
export type ConditionChange = { readonly condition: Condition; readonly before: Condition | undefined };

/** The wanted conditions with their times, in the wanted order, and which of them are transitions. */
export function mergeConditions(
  before: readonly Condition[],
  wanted: readonly WantedCondition[],
  nowMs: number,
): { readonly conditions: readonly Condition[]; readonly changes: readonly ConditionChange[] } {
  const now = `${new Date(nowMs).toISOString().slice(0, 19)}Z`;
  const changes: ConditionChange[] = [];
  const conditions = wanted.map((want) => {
    const old = before.find(({ type }) => type === want.type);
    const isFlip = old?.status !== want.status;
    const condition = { ...want, lastTransitionTime: isFlip ? now : old.lastTransitionTime };
    if (isFlip || old.reason !== want.reason) changes.push({ condition, before: old });
    return condition;
  });
  return { conditions, changes };
}

/** The conditions in a status as the API holds it; what is none is left out. */
export function conditionsIn(status: unknown): readonly Condition[] {
  if (typeof status !== 'object' || status === null) return [];
  const { conditions } = status as { readonly conditions?: unknown };
  if (!Array.isArray(conditions)) return [];
  return conditions.filter(
    (value): value is Condition =>
      typeof value === 'object' && value !== null && typeof (value as Condition).type === 'string',
  );
}
