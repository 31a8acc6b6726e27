/** Facts of a base image by evidence, strongest first: engine, table, tag, the package manager that the file uses. */
import type { Stage } from "../../containerfile/build-model.ts";
import { known, unknown, type Fact } from "../../core/finding.ts";
import { normaliseImageName } from "../../image/reference.ts";
import type { BaseFacts, Evidence, Family } from "../../image/base-facts.ts";
import { lookUpKnownImage } from "../known-images/lookup.ts";

/** A base that nothing is known of. */
export function unknownBase(reference: string, why: string): BaseFacts {
  return {
    reference,
    family: unknown(why),
    user: unknown(why),
    config: unknown(why),
    accounts: unknown(why),
    shell: unknown(why),
    tools: unknown(why),
    designatedUser: unknown(why),
    startNeedsRoot: unknown(why),
    writable: [],
    evidence: "none",
  };
}

/**
 * The best facts there are for an image.
 * @param given.stage the stage that starts from it: its RUNs are the weakest evidence of a family.
 * @param given.engine what an engine that has the image said.
 * @param given.untold why no engine said anything, as the end of a sentence.
 */
export function mergeFacts(
  reference: string,
  given: { readonly stage?: Stage; readonly engine?: BaseFacts; readonly untold?: string },
): BaseFacts {
  const name = normaliseImageName(reference);
  if (given.stage !== undefined && isForWindows(given.stage)) {
    const facts = given.engine ?? unknownBase(name, `${visibleName(name)} is built for Windows`);
    return { ...facts, reference: name, family: known("windows", "--platform of its FROM"), evidence: "tag" };
  }
  if (given.engine !== undefined) return { ...given.engine, reference: name };
  const table = lookUpKnownImage(reference);
  if (table?.family.known === true) return table;
  const facts = table ?? unknownBase(name, whyUnknown(name, given));
  const guess = familyFromTag(name) ?? (given.stage === undefined ? undefined : familyFromPackages(given.stage));
  if (guess === undefined) return facts;
  const evidence: Evidence = table === undefined ? guess.evidence : facts.evidence;
  const shell: Fact<boolean> = facts.shell.known
    ? facts.shell
    : known(guess.family !== "distroless" || /(?:^|[^a-z])debug(?:[^a-z]|$)/.test(name), guess.from);
  return { ...facts, family: known(guess.family, guess.from), shell, evidence };
}

function whyUnknown(name: string, { stage, untold }: { readonly stage?: Stage; readonly untold?: string }): string {
  if (stage?.base.kind === "image" && stage.base.gap !== undefined) return stage.base.gap;
  return `${visibleName(name)} is not in the table of known images, and ${untold ?? "no engine was asked"}`;
}

/** `FROM --platform=windows/amd64`. */
export const isForWindows = ({ from }: Stage): boolean =>
  from.flags.some(
    ({ name, value }) => name === "platform" && value !== undefined && /^windows(?:\/|\(|$)/i.test(value),
  );

const visibleName = (name: string): string => (name.length > 120 ? `${name.slice(0, 117)}…` : name);

interface Guess {
  readonly family: Family;
  readonly from: string;
  readonly evidence: "tag" | "package-manager";
}

const tagFamilies: readonly (readonly [RegExp, Family])[] = [
  // Windows' releases by year and month, or by half of the year (`windows-1809`, `windows-20h2`); .NET Framework is for it only.
  [
    /(?:^|\/)windows(?:\/|:|$)|servercore|nanoserver|dotnet\/framework\/|windows-?(?:ltsc|(?:1[789]\d\d|20(?:04|h2))(?!\d))/,
    "windows",
  ],
  // Before the distribution that such a name tells too (`static-debian12`): it has neither its shell nor its tools.
  [/distroless|(?:^|[^a-z])chisell?ed(?:[^a-z]|$)/, "distroless"],
  [/(?:^|[^a-z])alpine/, "alpine"],
  [/(?:^|[^a-z])(?:bookworm|trixie|bullseye|buster|stretch|debian|slim)(?:[^a-z]|$)/, "debian"],
  [/(?:^|[^a-z])(?:ubuntu|jammy|noble|focal|bionic|xenial)(?:[^a-z]|$)/, "ubuntu"],
  [/(?:^|[^a-z])ubi\d*[-/]?micro/, "ubi-micro"],
  [/(?:^|[^a-z])ubi\d*[-/]?minimal/, "ubi-minimal"],
  [/(?:^|[^a-z])ubi\d*(?:[^a-z]|$)/, "ubi"],
  [/(?:^|[^a-z])(?:azurelinux|mariner)/, "azurelinux"],
  [/(?:^|[^a-z])fedora/, "fedora"],
  [/(?:^|[^a-z])centos/, "centos"],
  [/(?:^|[^a-z])rocky/, "rocky"],
  [/(?:^|[^a-z])alma/, "alma"],
  [/(?:^|[^a-z])(?:amazonlinux|al2023|amzn)/, "amazonlinux"],
  [/(?:^|[^a-z])oraclelinux/, "oraclelinux"],
  [/(?:^|[^a-z])opensuse/, "opensuse"],
  [/(?:^|[^a-z])photon/, "photon"],
  [/(?:^|[^a-z])archlinux/, "arch"],
];

/** A family that the tag or the last part of the name tells (`-alpine`, `-bookworm`, `ubi9/`). */
function familyFromTag(name: string): Guess | undefined {
  const path = name.split("@")[0] ?? "";
  const text = path.slice(path.indexOf("/") + 1).toLowerCase();
  const found = tagFamilies.find(([pattern]) => pattern.test(text));
  return found === undefined ? undefined : { family: found[1], from: `the name ${visibleName(name)}`, evidence: "tag" };
}

const managers: readonly (readonly [RegExp, Family])[] = [
  [/\bapk\s+(?:-\S+\s+)*(?:add|update|upgrade)\b/, "alpine"],
  [/\b(?:apt-get|apt|aptitude)\s+(?:-\S+\s+)*(?:install|update|upgrade)\b/, "debian"],
  [/\bmicrodnf\s+(?:-\S+\s+)*(?:install|update|upgrade)\b/, "ubi-minimal"],
  [/\btdnf\s+(?:-\S+\s+)*(?:install|update)\b/, "photon"],
  [/\b(?:dnf|yum)\s+(?:-\S+\s+)*(?:install|update|upgrade|groupinstall)\b/, "fedora"],
  [/\bzypper\s+(?:-\S+\s+)*(?:install|in|refresh|ref)\b/, "opensuse"],
  [/\bpacman\s+-S/, "arch"],
];

/** A family that the file's own package manager tells. */
function familyFromPackages(stage: Stage): Guess | undefined {
  for (const instruction of stage.instructions) {
    if (instruction.keyword !== "RUN") continue;
    const text = instruction.logical.text + instruction.heredocs.map(({ body }) => body).join("\n");
    const found = managers.find(([pattern]) => pattern.test(text));
    if (found !== undefined) {
      return {
        family: found[1],
        from: `the package manager on line ${instruction.startLine}`,
        evidence: "package-manager",
      };
    }
  }
  return undefined;
}
