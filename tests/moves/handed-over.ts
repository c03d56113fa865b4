/**
 * Reads states that were handed over. In: all parts of one, as they stand in records. Out: what the instrument had with it, among the
 * states that the simulation of moves must reach.
 */
import { type HandedOver, handoverFacts, type MovedRun, type TravelState } from '@tapeline/simulation';
import { factsOfHandover } from '../../packages/domain/test-kit/handover-contents.ts';

/** What the parts of one Handover hold. */
export function readHandedOver({ stage }: MovedRun, parts: readonly HandedOver[]): TravelState[] {
  const facts = factsOfHandover(stage.config, parts);
  return facts === undefined ? [] : handoverFacts.filter((fact) => facts[fact]);
}
