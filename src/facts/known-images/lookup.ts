/**
 * The table of known images: what several hundred public images run as, each row with its evidence. A fact from here is
 * weaker than the image itself.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { known, unknown } from "../../core/finding.ts";
import { parseGroup, parsePasswd, type GroupEntry, type PasswdEntry } from "../../image/accounts.ts";
import { normaliseImageName } from "../../image/reference.ts";
import { dataFolder, lazy } from "../data-folder.ts";
import { firstName } from "./copies.ts";
import type { BaseFacts, Family } from "../../image/base-facts.ts";

/** One row of `recipes/known-images/table.json`. */
interface Row {
  readonly tags: readonly string[];
  /** `config.User`; null where the evidence does not say. */
  readonly user: string | null;
  readonly family: Family | null;
  /** name, uid, gid, home. */
  readonly accounts: readonly (readonly [string, number, number, string?])[];
  /** Names that exist with a uid that nobody wrote down. */
  readonly unnumbered?: readonly string[];
  /** The accounts are all there are. */
  readonly complete?: boolean;
  readonly designated?: string;
  readonly shell?: boolean;
  readonly has?: readonly string[];
  readonly lacks?: readonly string[];
  readonly workdir?: string;
  readonly volumes?: readonly string[];
  readonly ports?: readonly string[];
  readonly env?: readonly string[];
  /** What it starts by itself switches users as root. */
  readonly switches?: boolean;
  /** What it starts by itself does not do its work without root. */
  readonly needsRoot?: boolean;
  readonly writable?: readonly string[];
  readonly evidence: string;
  readonly confidence: "dockerfile" | "doc";
}

interface Stock {
  readonly passwd: readonly string[];
  readonly group: readonly string[];
}

const readTable = lazy(() => readFileSync(join(dataFolder(), "known-images", "table.json"), "utf8"));
const rowsRead = new Map<string, readonly Row[] | undefined>();

/**
 * The rows of one name. The table is laid out with a name and the end of its rows on lines of their own (a test holds
 * it to that), so that a single look-up need not parse all of it.
 */
function rowsOf(name: string): readonly Row[] | undefined {
  if (rowsRead.has(name)) return rowsRead.get(name);
  const table = readTable();
  const head = `\n${JSON.stringify(name)}: [\n`;
  const start = table.indexOf(head);
  const end = start === -1 ? -1 : table.indexOf("\n]", start);
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the shape is checked by a test over the whole file, not at every start
  const rows = end === -1 ? undefined : (JSON.parse(`[${table.slice(start + head.length, end)}]`) as readonly Row[]);
  rowsRead.set(name, rows);
  return rows;
}

/** The names with a `*`, for images that have no row of their own. */
const globNames = lazy(() => [...readTable().matchAll(/^"([^"\n]*\*[^"\n]*)": \[$/gm)].map(([, name = ""]) => name));

const readStock = lazy(
  () =>
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- checked by the same test
    JSON.parse(readFileSync(join(dataFolder(), "known-images", "stock.json"), "utf8")) as Readonly<
      Record<string, Stock>
    >,
);

/**
 * Families whose accounts are those of one package, `setup`. A row of an older system says what differs: before Fedora 28
 * and RHEL 8 nobody was 99.
 * @see https://fedoraproject.org/wiki/Changes/RenameNobodyUser
 */
const stockNames: Readonly<Partial<Record<Family, string>>> = {
  alma: "fedora",
  centos: "fedora",
  rocky: "fedora",
  ubi: "fedora",
  "ubi-minimal": "fedora",
};

/** Tools that a family's images have unless a row says otherwise. */
const familyTools: Readonly<Partial<Record<Family, readonly string[]>>> = {
  alpine: ["adduser", "addgroup", "find", "getent", "chown"],
  wolfi: ["adduser", "addgroup", "find", "chown"],
  debian: ["useradd", "groupadd", "find", "getent", "chown"],
  ubuntu: ["useradd", "groupadd", "find", "getent", "chown"],
  busybox: ["adduser", "addgroup", "find", "chown"],
  ubi: ["useradd", "groupadd", "find", "getent", "chown"],
  fedora: ["useradd", "groupadd", "getent", "chown"],
};

/**
 * What the table says of an image; `undefined` for an image that nobody looked at. The tag glob with the most literal
 * characters wins. Beside a tag a digest is ignored; of a digest alone only what holds for every tag is known.
 * @param reference as FROM writes it.
 */
export function lookUpKnownImage(reference: string): BaseFacts | undefined {
  const { name: written, tag } = split(normaliseImageName(reference));
  const name = firstName(written);
  const rows = rowsOf(name) ?? rowsOf(globNames().find((glob) => matches(glob, name)) ?? "");
  if (rows === undefined) return undefined;
  if (tag === undefined) {
    const row = rowOfAll(rows);
    return row === undefined ? undefined : factsOf(normaliseImageName(reference), row);
  }
  let best: { readonly row: Row; readonly score: number } | undefined;
  for (const row of rows) {
    for (const glob of row.tags) {
      if (!matches(glob, tag)) continue;
      const score = glob.replace(/\[[^\]]*\]|\*/g, "").length * 2 + (glob.includes("*") ? 0 : 1);
      if (best === undefined || score > best.score) best = { row, score };
    }
  }
  return best === undefined ? undefined : factsOf(normaliseImageName(reference), best.row);
}

/** Official images of systems, languages and web servers. Of the others some set their user's name (`SOLR_USER`). */
const plainOfficial: ReadonlySet<string> = new Set([
  "almalinux", "alpine", "amazoncorretto", "amazonlinux", "archlinux", "bash", "buildpack-deps", "busybox", "centos", "clojure",
  "dart", "debian", "docker", "eclipse-temurin", "elixir", "erlang", "fedora", "golang", "gradle", "haskell", "httpd", "julia",
  "maven", "nginx", "node", "openjdk", "oraclelinux", "perl", "photon", "php", "pypy", "python", "rockylinux", "ruby", "rust",
  "sapmachine", "swift", "ubuntu",
]); // prettier-ignore

/**
 * Images that set no variable a USER is made of. Elsewhere a row without `env` does not say what is set (`NB_UID` of
 * Jupyter's images), so a variable that the file does not set may be set there.
 */
function isPlain(reference: string): boolean {
  const { name } = split(reference);
  const official = /^docker\.io\/library\/([^/]+)$/.exec(firstName(name))?.[1];
  if (official !== undefined) return plainOfficial.has(official);
  return /^(?:gcr\.io\/distroless|cgr\.dev\/chainguard)\/|^registry\.(?:access\.)?redhat\.(?:com|io)\/ubi\d+\/ubi/.test(
    firstName(name),
  );
}

/** What all rows of a name have in common; a fact that they do not share is left out. */
function rowOfAll([first, ...others]: readonly Row[]): Row | undefined {
  if (first === undefined) return undefined;
  const shared = <K extends keyof Row>(key: K): Row[K] | undefined => {
    const text = JSON.stringify(first[key]);
    return others.every((row) => JSON.stringify(row[key]) === text) ? first[key] : undefined;
  };
  const common = Object.fromEntries(
    Object.keys(first).flatMap((key) => {
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- a key of a row
      const value = shared(key as keyof Row);
      return value === undefined ? [] : [[key, value]];
    }),
  );
  const accounts = first.accounts.filter((account) =>
    others.every((row) => row.accounts.some((other) => JSON.stringify(other) === JSON.stringify(account))),
  );
  return {
    user: null,
    family: null,
    ...common,
    accounts,
    tags: [],
    evidence: first.evidence,
    confidence: first.confidence,
  };
}

/** `tag` is undefined where a digest alone names the image. */
function split(reference: string): { readonly name: string; readonly tag: string | undefined } {
  const [path = "", digest] = reference.split("@");
  const colon = path.lastIndexOf(":");
  if (colon <= path.lastIndexOf("/")) return { name: path, tag: digest === undefined ? "latest" : undefined };
  return { name: path.slice(0, colon), tag: path.slice(colon + 1) };
}

/** `*` and `[0-9]` as in a shell; costs grow with the product of two short strings. */
function matches(glob: string, text: string): boolean {
  if (!/[*[]/.test(glob)) return glob === text;
  const pattern = patterns.get(glob) ?? patternOf(glob);
  patterns.set(glob, pattern);
  return pattern.test(text);
}

/** Of the table's globs: each meets every image of a folder. */
const patterns = new Map<string, RegExp>();

const patternOf = (glob: string): RegExp =>
  new RegExp(`^${glob.replace(/[.+?^${}()|\\]/g, "\\$&").replace(/\*+/g, "[^]*?")}$`);

function factsOf(reference: string, row: Row): BaseFacts {
  const from = `known images: ${row.evidence}`;
  const { family } = row;
  const stock = family === null || family === "distroless" ? undefined : readStock()[stockNames[family] ?? family];
  const isExact = row.complete === true;
  const passwd = [
    ...row.accounts.map(toPasswd),
    ...(stock === undefined || isExact
      ? []
      : parsePasswd(stock.passwd.join("\n")).filter(({ name }) => row.unnumbered?.includes(name) !== true)),
  ];
  const group = [...row.accounts.flatMap(toGroup), ...(stock === undefined ? [] : parseGroup(stock.group.join("\n")))];
  const names = new Set<string>();
  const unique = passwd.filter(({ name }) => !names.has(name) && names.add(name) !== undefined);
  const designated = row.accounts.find(([name]) => name === row.designated);
  const tools = new Set(
    [...(family === null ? [] : (familyTools[family] ?? [])), ...(row.has ?? [])].filter(
      (tool) => row.lacks?.includes(tool) !== true,
    ),
  );
  return {
    reference,
    family: family === null ? unknown("the table of known images does not say its family") : known(family, from),
    user: row.user === null ? unknown(whyNoUser(reference)) : known(row.user, from),
    config: known(
      {
        ...(row.user === null ? {} : { user: row.user }),
        workingDir: row.workdir ?? "",
        ...(row.env !== undefined || isPlain(reference) ? { env: row.env ?? [] } : {}),
        volumes: row.volumes ?? [],
        exposedPorts: row.ports ?? [],
      },
      from,
    ),
    accounts: known({ passwd: unique, group, complete: isExact && row.unnumbered === undefined }, from),
    shell:
      row.shell === undefined
        ? unknown("the table of known images does not say whether it has a shell")
        : known(row.shell, from),
    tools:
      family !== null && Object.hasOwn(familyTools, family) && row.shell !== false
        ? known(tools, from)
        : unknown("the table of known images does not list its tools"),
    designatedUser: known(
      designated === undefined
        ? undefined
        : { name: designated[0], uid: designated[1], gid: designated[2], home: designated[3] },
      from,
    ),
    startNeedsRoot:
      row.switches === true && row.needsRoot !== true
        ? unknown("its start script switches users, and may do without")
        : known(row.needsRoot === true, from),
    writable: row.writable ?? [],
    evidence: "known-images",
  };
}

const whyNoUser = (reference: string): string =>
  split(reference).tag === undefined
    ? "its tags have different users, and a digest does not tell which of them it is: write the tag in front of it"
    : "the table of known images does not say its user";

const toPasswd = ([name, uid, gid, home]: Row["accounts"][number]): PasswdEntry => ({
  name,
  uid,
  gid,
  home: home ?? "",
  shell: "",
  line: 0,
});

/** Only a group whose gid is the uid is certain to bear the account's name. */
const toGroup = ([name, uid, gid]: Row["accounts"][number]): readonly GroupEntry[] =>
  uid === gid ? [{ name, gid, members: [], line: 0 }] : [];
