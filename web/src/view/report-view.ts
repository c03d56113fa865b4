/**
 * The sheet at the side. In: the server's report, what happened, the connection. Out: tables that are painted only while
 * it is open, and a count of what a person has not seen yet.
 */
import { countText } from '../data/decimal-text.ts';
import type { Incident } from '../data/incidents.ts';
import type { ServerStatus } from '../data/server-status.ts';
import { clockText, durationText } from '../data/time-text.ts';
import type { ConnectionView } from '../stream/connection-text.ts';
import { byId, made, setText } from './element.ts';

/** What the sheet shows. */
export type ReportFacts = {
  readonly connection: ConnectionView;
  readonly status: ServerStatus | undefined;
  readonly incidents: readonly Incident[];
};

/** The sheet and its button. */
export class ReportView {
  readonly #dialog = byId('report') as HTMLDialogElement;
  readonly #facts: () => ReportFacts;
  #seenAtMs = 0;

  constructor(facts: () => ReportFacts) {
    this.#facts = facts;
    byId('report-button').addEventListener('click', () => {
      this.#dialog.showModal();
      this.paint();
    });
    byId('report-close').addEventListener('click', () => this.#dialog.close());
    // A click on the ground beside the sheet closes it.
    this.#dialog.addEventListener('click', (event) => {
      if (event.target === this.#dialog) this.#dialog.close();
    });
  }

  /** Paints the badge, and the sheet if it is open. */
  paint(): void {
    const { connection, status, incidents } = this.#facts();
    if (this.#dialog.open) {
      this.#seenAtMs = Date.now();
      byId('report-body').replaceChildren(
        ...connectionPart(connection),
        ...incidentsPart(incidents),
        ...(status === undefined ? [] : [...feedsPart(status), ...serverPart(status)]),
      );
    }
    const unseen = incidents.filter(({ atMs, tone }) => tone !== 'good' && atMs > this.#seenAtMs).length;
    const badge = byId('report-badge');
    badge.hidden = unseen === 0;
    setText(badge, String(unseen));
  }
}

function connectionPart({ text, detail }: ConnectionView): HTMLElement[] {
  return [made('h3', '', 'Connection'), made('p', '', `${text}. ${detail}`)];
}

function incidentsPart(incidents: readonly Incident[]): HTMLElement[] {
  if (incidents.length === 0) {
    return [made('h3', '', 'Gaps and problems'), made('p', 'quiet', 'None since the page was opened.')];
  }
  const list = made('ol', '');
  for (const { atMs, tone, text, times } of incidents) {
    const item = made('li', '');
    item.dataset['tone'] = tone;
    item.append(
      made('time', '', clockText(atMs / 1_000)),
      made('span', '', text),
      made('small', '', times > 1 ? `×${times}` : ''),
    );
    list.append(item);
  }
  return [made('h3', '', 'Gaps and problems, by the clock of this device in UTC'), list];
}

function feedsPart({ feeds }: ServerStatus): HTMLElement[] {
  if (feeds.length === 0) return [];
  const rows = feeds.map((feed) => [
    { text: feed.name, detail: feed.detail === '' ? feed.state : `${feed.state}: ${feed.detail}` },
    { text: countText(feed.ticks) },
    { text: countText(feed.gaps) },
    { text: countText(feed.refused) },
  ]);
  return [made('h3', '', 'Feeds'), table(['Feed', 'Ticks', 'Gaps', 'Refused'], rows)];
}

function serverPart(status: ServerStatus): HTMLElement[] {
  const partitions = status.partitions.map((part) => [
    { text: String(part.partition) },
    { text: part.nextOffset },
    { text: part.endOffset },
    { text: durationText(part.lagMs) },
  ]);
  const totals = [
    [{ text: 'Version' }, { text: status.version }],
    [{ text: 'Since' }, { text: status.startedAt.replace('T', ' ').replace(/(\.\d+)?Z$/, ' UTC') }],
    [{ text: 'Ticks' }, { text: countText(status.ticksTotal) }],
    [{ text: 'Bars' }, { text: countText(status.barsTotal) }],
  ];
  const limits = made('ul', '');
  for (const limit of status.limits) limits.append(made('li', '', limit));
  return [
    made('h3', '', 'Server'),
    table([], totals),
    ...(partitions.length === 0
      ? []
      : [made('h3', '', 'Partitions'), table(['No.', 'Read to', 'End', 'Lag'], partitions)]),
    ...(status.limits.length === 0 ? [] : [made('h3', '', 'Limits'), limits]),
  ];
}

type Cell = { readonly text: string; readonly detail?: string };

function table(heads: readonly string[], rows: readonly (readonly Cell[])[]): HTMLElement {
  const [element, body] = [made('table', ''), made('tbody', '')];
  if (heads.length > 0) {
    const [head, row] = [made('thead', ''), made('tr', '')];
    row.append(...heads.map((text) => Object.assign(made('th', '', text), { scope: 'col' })));
    head.append(row);
    element.append(head);
  }
  for (const cells of rows) {
    const row = made('tr', '');
    for (const { text, detail } of cells) {
      const cell = made('td', '', text);
      if (detail !== undefined) cell.append(made('small', '', detail));
      row.append(cell);
    }
    body.append(row);
  }
  element.append(body);
  return element;
}
