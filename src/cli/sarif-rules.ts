/** The rules as `--format sarif` describes them, with their pages. */
import { listRules } from "../app/rule-pages.ts";
import { manifestRules } from "../manifest/rules.ts";
import type { RuleInfo } from "../report/sarif-log.ts";
import * as rules from "../rules/index.gen.ts";

/** Every rule, of files, images and manifests. */
export async function sarifRules(): Promise<readonly RuleInfo[]> {
  const pages = new Map((await listRules()).map(({ rule, page }) => [rule, page]));
  return [...Object.values(rules), ...manifestRules].map((rule) => {
    const page = pages.get(rule.id);
    return page === undefined ? rule : { ...rule, page };
  });
}
