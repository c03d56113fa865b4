/**
 * Whether a process can do its work. In: the state of each part, as the part says. Out: one answer for `/readyz`, for
 * gRPC health and for the page, and a call to whoever listens when it changes.
 */

/** How a part is: able to work, on its way, or not able until something changes. */
export type HealthState = 'ready' | 'starting' | 'failed';

/** One part; `detail` is a sentence for a person. */
export type HealthPart = { readonly part: string; readonly state: HealthState; readonly detail: string };

/** All parts in the order in which they first spoke; ready if there are any and all are. */
export type HealthReport = { readonly ready: boolean; readonly parts: readonly HealthPart[] };

/** The parts of one process. */
export type Health = {
  /** Says how a part is. `RangeError` for the 65th part. */
  set(part: string, state: HealthState, detail: string): void;
  report(): HealthReport;
  /** Calls `listener` after every change, at once; it must not throw. The answer ends that. `RangeError` for the 65th. */
  onChange(listener: (report: HealthReport) => void): () => void;
};

/** How many parts, and how many listeners, one process may have. */
export const healthPartsMax: number = 64;

/** A health without parts, hence not ready. */
export function createHealth(): Health {
  const parts = new Map<string, HealthPart>();
  const listeners = new Set<(report: HealthReport) => void>();
  const report = (): HealthReport => {
    const all = [...parts.values()];
    return { ready: all.length > 0 && all.every(({ state }) => state === 'ready'), parts: all };
  };
  return {
    set: (part, state, detail) => {
      const before = parts.get(part);
      if (before?.state === state && before.detail === detail) return;
      if (before === undefined) checkRoom(parts.size, `health part ${part}`);
      parts.set(part, { part, state, detail });
      for (const listener of listeners) listener(report());
    },
    report,
    onChange: (listener) => {
      checkRoom(listeners.size, 'listener of health');
      // A wrapper of its own, so that one function may listen twice and leave once.
      const own = (news: HealthReport): void => listener(news);
      listeners.add(own);
      return () => {
        listeners.delete(own);
      };
    },
  };
}

function checkRoom(count: number, what: string): void {
  if (count < healthPartsMax) return;
  throw new RangeError(`no room for ${what}: there are ${healthPartsMax} already; group parts under one name`);
}
