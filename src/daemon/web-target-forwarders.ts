// The forward zones with their servers as the resolver has met them, and as the assistant found them.
import type { TrustAnchors } from '../dnssec/trust-anchor.ts';
import type { ServerAddress } from '../ports/exchange.ts';
import type { Knowledge } from '../resolver/knowledge.ts';
import type { ForwardZone } from '../resolver/options.ts';
import { type ForwarderHealth, forwarderState } from '../telemetry/forwarder-health.ts';
import type { LogFields } from '../telemetry/log.ts';
import type { Advice, CheckedForward, ForwardedZone, ForwarderServer, PasteLine } from '../web/target.ts';
import { nameText } from '../wire/name-text.ts';
import type { CheckedZone, ForwarderBook } from './forwarder-book.ts';
import { type ForwarderFinding, serverText } from './forwarder-checks.ts';
import { isoTime, roundedTo } from './web-target-times.ts';

export interface ForwarderViewParts {
  readonly zones: readonly ForwardZone[];
  readonly health: Pick<ForwarderHealth, 'of'>;
  readonly book: Pick<ForwarderBook, 'of'>;
  readonly anchors: Pick<TrustAnchors, 'closest'>;
  readonly validates: boolean;
  readonly servers: Knowledge['servers'] | undefined;
}

export function forwardedZonesOf(parts: ForwarderViewParts): ForwardedZone[] {
  const { zones, anchors, validates, book } = parts;
  return zones
    .filter(({ servers }) => servers.length > 0)
    .map(({ zone, recurse, servers }) => ({
      zone: nameText(zone),
      recurse,
      validated: validates && anchors.closest(zone)?.kind === 'anchor',
      servers: servers.map((server) => serverOf(server, book.of(zone), parts)),
    }));
}

function serverOf(
  server: ServerAddress,
  checked: CheckedZone | undefined,
  { health, servers }: ForwarderViewParts,
): ForwarderServer {
  const record = health.of(server.key);
  const known = servers?.stateOf(server);
  const finding = checked?.findings.find(({ fields }) => fields['server'] === serverText(server));
  const asked = forwarderState(record);
  const found = finding !== undefined ? 'failing' : checked === undefined ? 'unknown' : 'ok';
  const note = record?.trouble ?? (finding === undefined ? undefined : textOf(finding));
  return {
    address: server.key,
    state: asked === 'unknown' ? found : asked,
    ...(known?.rttMs !== undefined && { rttMs: roundedTo(known.rttMs, 1) }),
    timeouts: record?.timeouts ?? 0,
    queries: record?.queries ?? 0,
    ...(record?.lastReplySeconds !== undefined && { lastReplyAt: isoTime(record.lastReplySeconds) }),
    ...(note !== undefined && { note }),
  };
}

export function checkedForwardsOf(zones: readonly ForwardZone[], book: Pick<ForwarderBook, 'of'>): CheckedForward[] {
  return zones
    .filter(({ servers }) => servers.length > 0)
    .map(({ zone, servers }) => {
      const checked = book.of(zone);
      return {
        zone: nameText(zone),
        servers: servers.map(({ key }) => key),
        state: stateOf(checked, servers.length),
        ...(checked !== undefined && { checkedAt: isoTime(checked.checkedAtSeconds) }),
        advice: (checked?.findings ?? []).map(adviceOf),
      };
    });
}

/** Without any server that is of use, a zone is as broken as with a wrong anchor. */
function stateOf(checked: CheckedZone | undefined, servers: number): CheckedForward['state'] {
  if (checked === undefined) return 'unknown';
  const { findings } = checked;
  if (findings.some(({ severity }) => severity === 'error')) return 'error';
  const unfit = new Set(findings.flatMap(({ severity, fields }) => (severity === 'warning' ? [fields['server']] : [])));
  if (unfit.size >= servers) return 'error';
  return unfit.size > 0 ? 'warning' : 'ok';
}

/** A finding as advice, with its lines to paste. */
export function adviceOf(finding: ForwarderFinding): Advice {
  const { lua, yaml } = finding.fields;
  const lines: PasteLine[] = [];
  if (typeof yaml === 'string') lines.push({ where: 'recursor.yml', line: yaml });
  if (typeof lua === 'string') lines.push({ where: 'Lua file (lua-config-file)', line: lua });
  return { text: textOf(finding), lines };
}

function textOf({ message, fields }: ForwarderFinding): string {
  const server = fieldText(fields, 'server');
  const why = fieldText(fields, 'why');
  const remedy = fieldText(fields, 'remedy');
  const head = `${server === '' ? '' : `${server}: `}${message}${why === '' ? '' : ` (${why})`}`;
  return remedy === '' ? head : `${head}. ${remedy.slice(0, 1).toUpperCase()}${remedy.slice(1)}.`;
}

function fieldText(fields: LogFields, name: string): string {
  const value = fields[name];
  return typeof value === 'string' ? value : '';
}
