/**
 * A switch that is on where nobody says otherwise. In: its help and environment variable. Out: the option, which takes what
 * other switches take.
 */
import { type OptionFacts, type OptionWithDefault, switchOption } from '@tapeline/runtime';

/** The option. */
export function onByDefault(facts: OptionFacts): OptionWithDefault<boolean> {
  return { ...switchOption(facts), default: 'true' };
}
