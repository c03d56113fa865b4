/**
 * Addresses of our own processes as an option. In: the variable and the default. Out: a list of HOST:PORT, each checked, so that
 * a slip is told at once and not as a server that does not answer.
 */
import { hostPortsOption } from '@tapeline/backend';
import type { OptionWithDefault } from '@tapeline/runtime';

/** One to 64 of them. */
export function addressesOption(env: string, standard: string, help: string): OptionWithDefault<readonly string[]> {
  return { ...hostPortsOption({ env, help }), default: standard };
}
