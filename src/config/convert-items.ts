// Lists of which each entry keeps its own comments when a configuration is converted: forward zones, anchors, negative
// anchors.
import { nameText, nameTextWithoutDot } from '../wire/name-text.ts';
import { isBuiltInTrustAnchor } from './built-in-anchors.ts';
import { type DSAnchor, dsText } from './ds-text.ts';
import { expiryText } from './duration.ts';
import type { Place } from './input.ts';
import type { LoadedConfig } from './load.ts';
import type { OptionEntry } from './schema.ts';
import { socketAddressText } from './socket-address.ts';
import type { SourceComments } from './source-comments.ts';
import type { ForwardZone, NegativeTrustAnchor, TrustAnchor } from './structured-types.ts';
import { yamlLine } from './yaml-output.ts';

/** A line of YAML with its indentation below the option's key, and the comment behind it. */
export interface EmittedLine {
  readonly text: string;
  readonly comment?: string | undefined;
}

export interface ConversionContext {
  /** The main file. */
  readonly file: string;
  readonly comments: SourceComments;
  readonly loaded: LoadedConfig;
}

/** The lines for an option whose entries keep their comments; undefined for all others. */
export function convertedItems(
  { path }: OptionEntry,
  value: unknown,
  context: ConversionContext,
): readonly EmittedLine[] | undefined {
  // Each value is one that the option's own type has read.
  switch (path) {
    case 'recursor.forward_zones':
    case 'recursor.forward_zones_recurse':
      return (value as readonly ForwardZone[]).flatMap((zone) => forwardZoneLines(zone, path, context));
    case 'dnssec.trustanchors':
      return anchorLines(value as readonly TrustAnchor[], context);
    case 'dnssec.negative_trustanchors':
      return (value as readonly NegativeTrustAnchor[]).flatMap((anchor) => negativeLines(anchor, context));
    default:
      return undefined;
  }
}

interface PlacedComments {
  readonly above: readonly EmittedLine[];
  readonly beside: string | undefined;
}

/**
 * The comments at a place. Those of a setting's own line are the setting's: an entry on the same line, or the first below
 * it, does not repeat them. An entry from another file says which.
 */
function commentsAt(
  place: Place | undefined,
  { file, comments, loaded }: ConversionContext,
  path = '',
): PlacedComments {
  if (place === undefined) return { above: [], beside: undefined };
  const written = loaded.given.get(path)?.written ?? [];
  const isOptionLine = written.some((name) => name.place.file === place.file && name.place.line === place.line);
  const { above, beside } = isOptionLine ? { above: [], beside: undefined } : comments.around(place);
  const origin = place.file === file || isOptionLine ? [] : [`from ${place.file}:${place.line}`];
  return { above: [...above, ...origin].map((text) => ({ text: text === '' ? '#' : `# ${text}` })), beside };
}

/** Comments on the lines of an entry below its first; only YAML has such lines. */
function commentsInside(place: Place | undefined, { file, comments, loaded }: ConversionContext): EmittedLine[] {
  const isYaml = place?.file === file ? loaded.format === 'yaml' : place?.file.endsWith('.yml');
  if (place === undefined || isYaml !== true) return [];
  return comments.below(place, true).map((text) => ({ text: `# ${text}` }));
}

function forwardZoneLines(zone: ForwardZone, path: string, context: ConversionContext): EmittedLine[] {
  const { above, beside } = commentsAt(zone.place, context, path);
  return [
    ...above,
    ...commentsInside(zone.place, context),
    { text: `- zone: ${yamlLine(nameText(zone.zone))}`, comment: beside },
    { text: `  forwarders: ${yamlLine(zone.forwarders.map(socketAddressText))}` },
    ...(zone.notifyAllowed ? [{ text: '  notify_allowed: true' }] : []),
  ];
}

/** The built-in anchors stay unless the root is written, so they are only written together with others of the root. */
function anchorLines(anchors: readonly TrustAnchor[], context: ConversionContext): EmittedLine[] {
  const writesRoot = anchors.some((anchor) => anchor.name.isRoot && !isBuiltInTrustAnchor(anchor));
  const byName = new Map<string, { readonly first: TrustAnchor; readonly records: DSAnchor[] }>();
  for (const anchor of anchors) {
    if (isBuiltInTrustAnchor(anchor) && !writesRoot) continue;
    const joined = byName.get(anchor.name.key) ?? { first: anchor, records: [] };
    joined.records.push(...anchor.dsRecords);
    byName.set(anchor.name.key, joined);
  }
  return Array.from(byName.values()).flatMap(({ first, records }) => {
    const { above, beside } = commentsAt(first.place, context, 'dnssec.trustanchors');
    return [
      ...above,
      { text: `- name: ${yamlLine(nameText(first.name))}`, comment: beside ?? rootNote(first) },
      { text: '  dsrecords:' },
      ...records.flatMap((ds) => recordLines(ds, first.place, context)),
    ];
  });
}

function rootNote({ name }: TrustAnchor): string | undefined {
  return name.isRoot ? 'replaces the built-in anchors of the root' : undefined;
}

/** A DS with its comments, unless it stands on its entry's own line, whose comments are the entry's. */
function recordLines(ds: DSAnchor, entry: Place | undefined, context: ConversionContext): EmittedLine[] {
  const sharesLine = ds.place?.file === entry?.file && ds.place?.line === entry?.line;
  const { above, beside } = commentsAt(sharesLine ? undefined : ds.place, context, 'dnssec.trustanchors');
  return [
    ...above.map(({ text }) => ({ text: `    ${text}` })),
    { text: `    - ${yamlLine(dsText(ds))}`, comment: beside },
  ];
}

function negativeLines(anchor: NegativeTrustAnchor, context: ConversionContext): EmittedLine[] {
  const { name, reason, expiresAt, place } = anchor;
  const { above, beside } = commentsAt(place, context, 'dnssec.negative_trustanchors');
  return [
    ...above,
    { text: `- name: ${yamlLine(nameText(name))}`, comment: beside },
    ...(reason === '' ? [] : [{ text: `  reason: ${yamlLine(reason)}` }]),
    ...(expiresAt === undefined ? [] : [expiryLine(nameTextWithoutDot(name), expiresAt)]),
  ];
}

function expiryLine(name: string, expiresAt: number): EmittedLine {
  const comment = `kedge ends the negative anchor of ${name} then; PowerDNS Recursor does not know this key`;
  return { text: `  expires: ${yamlLine(expiryText(expiresAt))}`, comment };
}
