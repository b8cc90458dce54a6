// Trust anchors changed over HTTP: checked, done, and written into the audit trail either way.
import { readAnchorText } from '../config/anchor-text.ts';
import { dsText } from '../config/ds-text.ts';
import { luaCall, yamlAnchorLine } from '../config/edit/anchor-lines.ts';
import type { Clock } from '../ports/clock.ts';
import type { AuditTrail } from '../telemetry/audit-trail.ts';
import type { Answered, Done } from '../web/target.ts';
import type { DomainName } from '../wire/name.ts';
import { nameText, parseName } from '../wire/name-text.ts';
import type { AnchorControl } from './anchor-control.ts';
import { refused } from './web-target-explain.ts';

/** Anchors of either kind that can be set over HTTP: each change makes all of them anew. */
const MAX_ANCHORS = 1000;
/** DS records of one of them. */
const MAX_RECORDS = 100;
const MAX_REASON_LENGTH = 200;
export interface AnchorChangesParts {
  readonly anchors: AnchorControl;
  readonly audit: Pick<AuditTrail, 'add'>;
  readonly clock: Pick<Clock, 'wallSeconds'>;
  /** False where nothing is validated. */
  readonly hasDnssec: () => boolean;
}

export class AnchorChanges {
  private readonly parts: AnchorChangesParts;

  constructor(parts: AnchorChangesParts) {
    this.parts = parts;
  }

  addAnchor(client: string, zone: string, record: string): Answered<Done> {
    return this.change({ client, action: 'add trust anchor', zone, text: record }, (name) => {
      const read = readAnchorText(name, record);
      if (!read.ok) return refused(400, read.error, "Give a DS ('20326 8 2 E06D...') or DNSKEY record of the zone.");
      const { anchors } = this.parts;
      const records = anchors.anchors.anchorAt(name)?.ds.length ?? 0;
      if (anchors.anchors.anchors().length >= MAX_ANCHORS || records >= MAX_RECORDS) return tooMany();
      const { ds, notes } = read.value;
      anchors.add(name, ds, 'api');
      const texts = ds.map(dsText);
      const lines = [
        `trust anchor of ${nameText(name)} added: ${texts.join(', ')}`,
        ...notes,
        keepingText(name, texts),
      ];
      return done(lines.join('; '));
    });
  }

  removeAnchor(client: string, zone: string): Answered<Done> {
    return this.change({ client, action: 'remove trust anchor', zone, text: '' }, (name) => {
      if (name.isRoot) {
        return refused(
          409,
          'the anchors of the root are not removed while the program runs',
          'Change dnssec.trustanchors or kedge.default_trustanchor, and read the configuration again.',
        );
      }
      if (!this.parts.anchors.clear(name)) return notThere(`${nameText(name)} has no trust anchor of its own`);
      return done(`trust anchor of ${nameText(name)} removed, until the configuration is read again`);
    });
  }

  addNegativeAnchor(client: string, zone: string, reason: string): Answered<Done> {
    return this.change({ client, action: 'add negative trust anchor', zone, text: reason }, (name) => {
      const { anchors } = this.parts;
      if (anchors.negatives().length >= MAX_ANCHORS) return tooMany();
      if (reason.length > MAX_REASON_LENGTH) {
        return refused(400, `the reason is longer than ${MAX_REASON_LENGTH} characters`, 'Shorten it.');
      }
      anchors.addNegative(name, printable(reason), 'api');
      return done(
        `${nameText(name)} is not validated, until the configuration is read again or this anchor is removed`,
      );
    });
  }

  removeNegativeAnchor(client: string, zone: string): Answered<Done> {
    return this.change({ client, action: 'remove negative trust anchor', zone, text: '' }, (name) => {
      if (!this.parts.anchors.clearNegative(name)) return notThere(`${nameText(name)} has no negative trust anchor`);
      return done(`negative trust anchor of ${nameText(name)} removed: the zone is validated again`);
    });
  }

  /** Does it if it can be done, and writes it down either way. */
  private change(
    wanted: { readonly client: string; readonly action: string; readonly zone: string; readonly text: string },
    act: (zone: DomainName) => Answered<Done>,
  ): Answered<Done> {
    const read = parseName(wanted.zone);
    const answered = !this.parts.hasDnssec()
      ? refused(409, 'nothing is validated (dnssec.validation is off)', 'Set dnssec.validation to another value.')
      : read.ok
        ? act(read.name)
        : refused(400, `'${wanted.zone}': ${read.error}`, 'Give the name of a zone, such as home.arpa.');
    this.writeDown(wanted, answered);
    return answered;
  }

  /** Puts a change, or the attempt at one, into the audit trail. */
  writeDown(
    { client, action, zone, text }: { client: string; action: string; zone?: string; text: string },
    answered: Answered<Done>,
  ): void {
    const { ok } = answered;
    const outcome = answered.ok ? answered.value.text : answered.error;
    this.parts.audit.add({ atSeconds: this.parts.clock.wallSeconds(), client, action, zone, text, ok, outcome });
  }
}

export function done(text: string): Answered<Done> {
  return { ok: true, value: { text } };
}

function notThere(error: string): Answered<Done> {
  return refused(404, error, 'GET /api/kedge/anchors lists those that are there.');
}

function tooMany(): Answered<Done> {
  return refused(409, 'there are very many anchors already', 'Write anchors into the configuration instead.');
}

/** Without control characters, so that one reason stays one line. */
function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ').trim();
}

/** What an anchor set at run time needs to outlive it. */
function keepingText(zone: DomainName, ds: readonly string[]): string {
  const lua = ds.map((text) => luaCall('addTA', zone, text)).join(' ');
  return `it holds until the configuration is read again; to keep it, write into recursor.yml: ${yamlAnchorLine(zone, ds)} or into the Lua file: ${lua}`;
}
