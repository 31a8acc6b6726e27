/** The rules' pages, for `explain` and for reports that carry them. */
import { existsSync } from "node:fs";
import { readFile, readdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { ExplainedRule } from "../explain/report.ts";
import { manifestRule, manifestRules } from "../manifest/rules.ts";

/** Every rule there is, those of files and images first. */
export async function listRules(): Promise<readonly ExplainedRule[]> {
  const pages = await rulePages();
  return Promise.all([...pages.ids, ...manifestRules.map(({ id }) => id)].map((id) => readRule(pages, id)));
}

/** The pages of rules for files and images; those of manifests are made of their words. */
export interface RulePages {
  readonly folder: string;
  readonly ids: ReadonlySet<string>;
}

/** The pages of the package: `docs/rules/`, from the sources as well as from the built bundle. */
export async function rulePages(): Promise<RulePages> {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, "docs", "rules", "README.md"))) {
    const parent = dirname(folder);
    if (parent === folder) throw new Error("the docs folder of image-fix is missing; install it again");
    folder = parent;
  }
  folder = join(folder, "docs", "rules");
  const names = (await readdir(folder)).filter((name) => name.endsWith(".md") && name !== "README.md");
  return { folder, ids: new Set(names.map((name) => name.slice(0, -3)).toSorted()) };
}

/** A rule with its page. */
export async function readRule({ folder, ids }: RulePages, rule: string): Promise<ExplainedRule> {
  const manifest = ids.has(rule) ? undefined : manifestRule(rule);
  if (manifest !== undefined) {
    const { severity, title, why, fix } = manifest;
    const page = `# ${rule}\n\n**${severity}** · ${title}\n\n## What it means\n\n${why}\n\n## What to do\n\n${fix}\n`;
    return { rule, severity, summary: title, page };
  }
  const text = await readFile(join(folder, `${rule}.md`), "utf8");
  const page = text.replace(/^<!--[\s\S]*?-->\s*/, "");
  const head = /^\*\*(error|warning|info)\*\* · (.+)$/m.exec(page);
  return { rule, severity: head?.[1] ?? "info", summary: head?.[2] ?? "", page };
}
