/** The proof of an image, for people. */
import picocolors from "picocolors";
import type { Proof, SmokeTest, TargetResult } from "../results/run-report.ts";
import { visible } from "../core/terminal-text.ts";
import { originalWords, smokeWords } from "./smoke.ts";
import type { TextOptions } from "./text-options.ts";
import { wrap } from "./text-width.ts";
import { sizeText } from "./words.ts";

/** What goes behind the `id` line where one line has to say all: what may differ elsewhere, how it was found, by what. */
export function proofWords({ smoke }: TargetResult, proof: Proof): string {
  const denied = Object.entries(proof.writable).flatMap(([path, is]) => (is ? [] : [path]));
  return [
    ...(proof.runAsUser === undefined ? [] : [`runAsUser ${proof.runAsUser}`]),
    ...(proof.readOnly === true ? ["read-only root"] : []),
    ...(proof.emptyDirs === undefined ? [] : [`emptyDir at ${proof.emptyDirs.join(" ")}`]),
    ...(proof.kubernetesGid === proof.gid ? [] : [`gid ${proof.kubernetesGid} in Kubernetes`]),
    // The image's own user may be meant to write nothing; another one is asked about to know.
    ...(proof.runAsUser === undefined || denied.length === 0 ? [] : [`cannot write ${denied.join(" ")}`]),
    ...(smoke === undefined ? [] : [smokeWords(smoke)]),
    `by ${proof.method === "id" ? "id in the image" : "a probe, as the image has no id"}, ${proof.engineDescription}`,
  ].join("; ");
}

/**
 * Renders the line that `id` printed and what it was printed under.
 * @param where what was run: "the rebuilt image"
 */
export function renderProof(
  proof: Proof,
  where: string,
  { colour, columns, verbose }: Pick<TextOptions, "colour" | "columns" | "verbose">,
  smoke?: SmokeTest,
): string {
  const paint = picocolors.createColors(colour);
  const writable = Object.entries(proof.writable);
  const paths = (wanted: boolean): string => writable.flatMap(([path, is]) => (is === wanted ? [path] : [])).join(", ");
  const rows: [string, string][] = [
    ["engine", proof.engineDescription],
    [
      "found by",
      proof.method === "id" ? "id, run in the image" : "a static probe put into the container, as the image has no id",
    ],
  ];
  if (proof.runAsUser !== undefined)
    rows.push(["run as", `runAsUser ${proof.runAsUser}, in place of the image's user`]);
  if (proof.readOnly === true) rows.push(["root", "read-only"]);
  if (proof.emptyDirs !== undefined) rows.push(["emptyDir at", proof.emptyDirs.join(", ")]);
  if (proof.kubernetesGid !== proof.gid) {
    rows.push(["in Kubernetes", `gid ${proof.kubernetesGid}, where the engine gives ${proof.gid}`]);
  } else if (verbose) rows.push(["in Kubernetes", `gid ${proof.kubernetesGid}, as the engine gives`]);
  rows.push(
    ["capabilities", /^0+$/.test(proof.capEff) ? "none" : `CapEff ${proof.capEff}`],
    ["new privileges", proof.noNewPrivs ? "not allowed" : "allowed"],
  );
  if (verbose) rows.push(["seccomp", ["disabled", "strict", "filter"][proof.seccomp] ?? String(proof.seccomp)]);
  if (paths(true) !== "") rows.push(["writable", paths(true)]);
  if (paths(false) !== "") rows.push(["not writable", paths(false)]);
  if (smoke !== undefined) {
    const before = originalWords(smoke);
    rows.push(["application", `${smokeWords(smoke)}${before === null ? "" : `; ${before}`}`]);
  }
  rows.push(["size", sizeWords(proof)]);
  if (verbose) rows.push(["image", proof.imageId]);
  const width = Math.max(...rows.map(([label]) => label.length)) + 3;
  const indent = " ".repeat(width + 2);
  return [
    paint.bold(`Proven in ${where}, under the restricted profile:`),
    `  ${paint.green(paint.bold(visible(proof.id)))}`,
    ...rows.map(([label, value]) => {
      const words = wrap(visible(value), columns, indent, indent.length);
      return `  ${`${label}:`.padEnd(width)}${words}`;
    }),
  ].join("\n");
}

function sizeWords({ sizeBefore, sizeAfter }: Proof): string {
  if (sizeBefore === null) return sizeText(sizeAfter);
  const growth = sizeAfter - sizeBefore;
  const change = growth === 0 ? "no change" : `${sizeText(Math.abs(growth))} ${growth > 0 ? "more" : "less"}`;
  return `${sizeText(sizeBefore)} before, ${sizeText(sizeAfter)} after (${change})`;
}
