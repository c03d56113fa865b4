/**
 * Reasons of conditions, put together. In: each condition's own reasons, groups of reasons, and which groups a condition tells besides.
 * Out: every reason of every condition. A reason that several conditions tell stands in one group and nowhere else.
 */

/** Names by a name. */
export type NameLists = Readonly<Record<string, readonly string[]>>;

/** A reason of a condition: one of its own, or one of a group that it tells. */
export type ReasonIn<
  Own extends NameLists,
  Groups extends NameLists,
  Told extends Readonly<Record<keyof Own, readonly (keyof Groups)[]>>,
  Type extends keyof Own,
> = Own[Type][number] | Groups[Told[Type][number]][number];

/** All of them; own ones first. */
export function reasonLists<
  const Own extends NameLists,
  const Groups extends NameLists,
  const Told extends Readonly<Record<keyof Own, readonly (keyof Groups)[]>>,
>(
  own: Own,
  groups: Groups,
  told: Told,
): { readonly [Type in keyof Own]: readonly ReasonIn<Own, Groups, Told, Type>[] } {
  const lists = Object.entries(own).map(([type, names]) => [
    type,
    [...names, ...(told[type]?.flatMap((group) => groups[group] ?? []) ?? [])],
  ]);
  return Object.fromEntries(lists) as { readonly [Type in keyof Own]: readonly ReasonIn<Own, Groups, Told, Type>[] };
}
