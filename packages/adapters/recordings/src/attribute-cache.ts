/**
 * One object for each combination of what many ticks have in common. In: the text of a line that decides the
 * attributes. Out: the attributes, always the same object, and those of its codes that no rule knows, both worked out
 * once. Bounded: a file with more combinations than real tapes have loses the sameness, and nothing else.
 */
import { TickKind, isKnownCondition } from '@tapeline/domain';
import type { TickAttributes } from '@tapeline/domain';

/** Attributes with the codes among them that no rule of an era knows. */
export type KnownAttributes = { readonly attributes: TickAttributes; readonly unknownConditions: readonly string[] };

/** Most combinations that are kept; at the bound all are forgotten and the next ones get new objects. */
export const combinationsMax: number = 65_536;

/** The attributes of one recording by the text that decides them. */
export class AttributeCache {
  readonly #known = new Map<string, KnownAttributes>();

  /** What was kept for this text. */
  get(text: string): KnownAttributes | undefined {
    return this.#known.get(text);
  }

  /** Keeps attributes for a text; their codes are judged by the rules of `ruleVersion`. */
  keep(text: string, attributes: TickAttributes, ruleVersion: number): KnownAttributes {
    if (this.#known.size >= combinationsMax) this.#known.clear();
    const { kind, tape, conditions } = attributes;
    // The rules are those of sales; a quote's conditions decide nothing.
    const judged = kind === TickKind.quote ? [] : conditions;
    const unknownConditions = judged.filter((code) => !isKnownCondition(ruleVersion, tape, code));
    const known = { attributes, unknownConditions };
    this.#known.set(text, known);
    return known;
  }
}
