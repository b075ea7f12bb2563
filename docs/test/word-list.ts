import type { SourceFile } from './source-tree.ts'

/** A word that the project does not use, and what it says instead. */
export interface WordRule {
  readonly name: string
  readonly instead: string
  readonly patterns: readonly RegExp[]
  /** Uses that stay. */
  readonly allowed?: readonly Allowed[]
}

/** A use that stays: in a file, or a text around the match, or both. */
export interface Allowed {
  readonly path?: RegExp
  /** Matches the line. */
  readonly line?: RegExp
  readonly why: string
}

/** A use of a word that the project does not use. `line` is 0 for the name of the file itself. */
export interface WordUse {
  readonly rule: string
  readonly path: string
  readonly line: number
  readonly text: string
}

/** SQL that has run on databases is never edited; a later migration renames. */
const migrations: Allowed = {
  path: /\/migrations\//,
  why: 'a migration that has run is never edited; a later one renames',
}
const migrationTest: Allowed = {
  path: /^packages\/config-api\/src\/database\/migrate\.pg\.test\.ts$/,
  why: 'a database of the former schema, which a migration renames',
}
const simulator: Allowed = {
  path: /^packages\/discord-sim\//,
  why: 'the simulator speaks as Discord does',
}

export const wordRules: readonly WordRule[] = [
  {
    name: 'succeeded',
    instead: 'superseded (of an incarnation); of a call it may stay',
    patterns: [
      /SucceededError/,
      /#succeeded\b/,
      /\b(was|were|is|are|been|being) succeeded\b/i,
      /succeeded by\b/i,
    ],
  },
  {
    name: 'behind, of positions',
    instead: 'before or after, isBefore',
    patterns: [
      /isBehind\b/,
      /\b(lies?|lie|lying|begins?|comes?|came|those|events?|entries|messages) behind\b/i,
      /\bbehind (`\w+`|(a|an|any|the|its|his|that|this) (hole|gap|events?|seq|cursor|mark|position|checkpoint|watermark|message|entry|page|parked))/i,
    ],
    allowed: [
      migrations,
      { path: /^packages\/discord-sim\//, why: 'of addresses, and of clients that read slowly' },
    ],
  },
  {
    name: 'hole',
    instead: 'sequence gap, data loss',
    patterns: [/(?<![A-Za-z])holes?(?![a-z])/i, /Holes?(?![a-z])/],
    allowed: [migrations, migrationTest],
  },
  {
    name: 'dead event',
    instead: 'dead letter',
    patterns: [/dead[ _-]?events?/i],
    allowed: [migrations],
  },
  {
    name: 'life',
    instead: 'incarnation (of a gateway), run (of a process), lifetime (of an object or a token)',
    patterns: [/(?<![A-Za-z])(life|lives)(?![a-z]|-cycle)/i, /Life(?![a-z]|-cycle)/],
    allowed: [
      { line: /\blives? (on|in|at|as|with|beside|there|while|until|for)\b/, why: 'the verb' },
      { line: /sign of life|once in a guild's life/, why: 'an idiom' },
      migrations,
      migrationTest,
      { path: /^packages\/discord-sim\//, why: 'the simulator knows no gateways of ours' },
    ],
  },
  {
    name: 'unsettled window, committed seq, stored seq',
    instead: 'ack tracker, low watermark, resume checkpoint, shards.checkpoint',
    patterns: [
      /unsettled[ -]?window/i,
      /committed ?seq/i,
      /\bstored seq\b/i,
      /shards\.commit\b/,
      /session-?committer/i,
    ],
  },
  {
    name: 'lapsed',
    instead: 'expired',
    patterns: [/(?<![A-Za-z])laps(e|es|ed|ing)(?![a-z])/i, /Laps(e|es|ed|ing)(?![a-z])/],
    allowed: [migrations],
  },
  {
    name: 'holdMs',
    instead: 'leaseTtlMs, graceMs, maxWaitMs, by what it is',
    patterns: [/\bholdMs\b/, /\bhold_ms\b/],
  },
  {
    name: 'share-out, floor',
    instead: 'quota, guaranteed minimum',
    patterns: [/share-?outs?\b/i, /(?<!Math\.)(?<![A-Za-z])floors?(?![a-z])/i, /Floors?(?![a-z])/],
    allowed: [
      {
        path: /^(CONTRIBUTING\.md|docs\/(architecture|README)\.md|docs\/test\/.*|scripts\/(check-boundaries|floors)\.ts|packages\/discord-sim\/README\.md|packages\/gateway\/README\.md|packages\/contracts\/README\.md)$/,
        why: 'the floors on which folders stand',
      },
      migrations,
      migrationTest,
    ],
  },
  {
    name: 'outbox looks',
    instead: 'outbox_confirmations_total',
    patterns: [/outbox_looks/],
  },
  {
    name: 'desk, book, door, crew, front',
    instead: 'handler, cache, table statements, process group, reverse proxy',
    patterns: [
      /[A-Za-z]*(Desk|Book|Door|Crew|Front)s?(?![a-z])/,
      /(?<![A-Za-z])(desk|door|crew)s?(?![a-z])/i,
      /\bbook\b(?=[.,;:(= )}])/,
      /-book\b/,
      /(?<!\b(in|up|to the) )(?<![A-Za-z-])front(?![a-z]|-)/,
    ],
    allowed: [
      simulator,
      { path: /^packages\/portal\/test\/sample-guilds\.ts$/, why: 'the name of a channel' },
    ],
  },
  {
    name: 'mesh time',
    instead: 'clock offset estimate',
    patterns: [/mesh[ -]?time\b/i, /mesh's time\b/i],
  },
  {
    name: 'adoption',
    instead: 'assignment reconciliation',
    patterns: [/\badoption/i, /Adoption/],
  },
  {
    name: 'planted bugs',
    instead: 'mutants',
    patterns: [/\bplant(s|ed|ing)?\b/i],
  },
  {
    name: "gateway, of Discord's socket",
    instead: 'discord gateway, shard socket',
    patterns: [/gateway-frame|GatewayFrame|ask-for-gateway|askForGateway|gateway-socket|GatewaySocket/],
    allowed: [simulator],
  },
  {
    name: 'wording that people do not say',
    instead: 'plain English, as the portal, the terminal and the logs have it now',
    patterns: [
      /losing, doubling/,
      /guildmesh serves/,
      /\bbegins? anew\b/,
      /heartbeat answered never/,
      /'somebody signed in'/,
      /\bmend (the|it)\b/i,
      /need a look/,
      /does not answer now/,
      /From receipt to commit/,
      /of a moment ago/,
      /'As the device'/,
      /has a defect/,
      /'That was not accepted'/,
      /get no new guilds/,
      /The same by command line/,
      /caller could not be identified/,
      /add --help to see/,
      /ending: handing over/,
      /no leave to/,
      /took this gateway for gone/,
    ],
  },
]

/** The files that speak about the words themselves. */
const aboutWords = /^docs\/test\/(word-list(\.test)?|list-words)\.ts$/

/** Every use of a word that the project does not use, in the order of the files. */
export function findWordUses(tree: readonly SourceFile[], rules = wordRules): WordUse[] {
  return tree
    .filter(({ path }) => !aboutWords.test(path))
    .flatMap(({ path, text }) => {
      const lines = [path, ...text.split('\n')]
      return lines.flatMap((line, number) =>
        rules
          .filter((rule) => isUsed(rule, path, line))
          .map((rule) => ({ rule: rule.name, path, line: number, text: line.trim() })),
      )
    })
}

function isUsed(rule: WordRule, path: string, line: string): boolean {
  if (!rule.patterns.some((pattern) => line.search(pattern) >= 0)) return false
  return !(rule.allowed ?? []).some(
    (allowed) => (!allowed.path || allowed.path.test(path)) && (!allowed.line || allowed.line.test(line)),
  )
}
