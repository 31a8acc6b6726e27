/** What is known of an image, a line each, for people. */
import { numericUser } from "./instruction.ts";
import type { FolderFact, ImageFacts } from "./image-facts.ts";

const states: Readonly<Record<FolderFact["state"], string>> = {
  writable: "writable",
  "read-only": "not writable",
  closed: "cannot be entered",
  missing: "missing",
  "no-folder": "no folder",
};

/** The facts, those that were read; texts from the image are to be made `visible`. */
export function evidenceOf(facts: ImageFacts): readonly string[] {
  const { verdict, account, accounts, uid, kubernetesGid, engineGid, home, workdir, started } = facts;
  const lines: string[] = [];
  if (account.known) {
    const line = account.value;
    lines.push(
      line === undefined
        ? `account: none (${account.from})`
        : `account: ${line.name}, uid ${line.uid}, gid ${line.gid}, home ${line.home || "none"}, shell ${line.shell || "none"}`,
    );
  } else if (verdict.verdict === "symbolic") lines.push(`account: unknown, ${account.why}`);
  const numbers = numericUser(facts);
  if (verdict.verdict === "symbolic" && numbers !== undefined) lines.push(`in numbers: USER ${numbers}`);
  if (uid.known && kubernetesGid.known && account.known)
    lines.push(`group: ${groupText(kubernetesGid.value, engineGid)}`);
  if (home.known) lines.push(`home: ${folder(home.value)}`);
  if (workdir.known) lines.push(`working directory: ${folder(workdir.value)}`);
  const [program] = started.known ? started.value.files : [];
  if (program !== undefined) lines.push(`starts: ${program.place}`);
  if (accounts.known) {
    const zero = [...new Set(accounts.value.passwd.filter((entry) => entry.uid === 0).map(({ name }) => name))];
    if (zero.length > 1) lines.push(`names of uid 0: ${zero.slice(0, 10).join(", ")}`);
  }
  return lines;
}

function groupText(kubernetes: number, engine: ImageFacts["engineGid"]): string {
  if (!engine.known) return `${kubernetes} under Kubernetes, none under podman and Docker (${engine.why})`;
  return engine.value === kubernetes
    ? String(kubernetes)
    : `${kubernetes} under Kubernetes, ${engine.value} under podman and Docker`;
}

const folder = ({ path, state }: FolderFact): string => `${path} (${states[state]})`;
