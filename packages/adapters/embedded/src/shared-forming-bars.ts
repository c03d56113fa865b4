/**
 * Forming bars between the parts of one process. In: publications. Out: each of them to everybody who listens, at once; a
 * listener that fails is a line in the log.
 */
import { FormingBoard } from '@tapeline/domain';
import type { Logger } from '@tapeline/runtime';

/** Forming bars of one process. */
export class SharedFormingBars extends FormingBoard {
  constructor(logger: Logger) {
    super({
      failed: (error) => logger.error('a listener to forming bars failed and hears no more', { error: String(error) }),
    });
  }
}
