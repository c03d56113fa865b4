/**
 * What stands where there is no instrument yet. In: whether there is one, and the port of gRPC. Out: the command that
 * publishes a first tick, ready to be copied.
 */
import { byId, setText } from './element.ts';

/** The command for a port of gRPC. */
export function publishCommand(host: string, grpcPort: number): string {
  const tick = '{"dataset": "hand", "ticks": [{"symbol": "SPY", "trade": {"price": "184.10", "size": "100"}}]}';
  return `grpcurl -plaintext -d '${tick}' \\\n  ${host}:${grpcPort} tapeline.v1.IngestService/PublishOnce`;
}

/** Makes the copy button work. */
export function prepareEmpty(): void {
  const button = byId('empty-copy');
  button.addEventListener('click', () => {
    navigator.clipboard.writeText(byId('empty-command').textContent ?? '').then(
      () => setText(button, 'Copied'),
      // Browsers give the clipboard to secure pages only; the command can be selected by hand.
      () => setText(button, 'Select and copy it by hand'),
    );
  });
}

/** Shows or hides it. */
export function showEmpty(isEmpty: boolean, grpcPort: number): void {
  byId('empty').hidden = !isEmpty;
  if (isEmpty) setText(byId('empty-command'), publishCommand(location.hostname, grpcPort));
}
