/**
 * Work that waits for the next frame. In: how often something changed. Out: one call a frame at most, so that a burst of
 * ticks costs one repaint. Law 7: nothing queues, a wish is a flag.
 */

/** Returns a function that asks for `paint` in the next frame; asking again before that changes nothing. */
export function oncePerFrame(paint: () => void): () => void {
  let isAsked = false;
  return () => {
    if (isAsked) return;
    isAsked = true;
    requestAnimationFrame(() => {
      isAsked = false;
      paint();
    });
  };
}
