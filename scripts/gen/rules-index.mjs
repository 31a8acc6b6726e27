/**
 * Keeps src/rules/index.gen.ts (one line a rule) and docs/rules/ (the rules' pages and their table) equal to the folders of
 * src/rules/. Run by scripts/gen.mjs.
 */
import { readFile, readdir } from "node:fs/promises";
import { join } from "node:path";

const rulesFolder = "src/rules";

/** `root-user` → `rootUser`. */
const identifier = (id) => id.replace(/-([a-z0-9])/g, (_, letter) => letter.toUpperCase());

/** What the page's first line says behind the id, and the severity it names. */
function readHead(id, page) {
  const title = /^# (.+)$/m.exec(page)?.[1];
  const severity = /^\*\*(error|warning|info)\*\*/m.exec(page)?.[1];
  if (title !== id)
    throw new Error(`${rulesFolder}/${id}/README.md: the first heading must be "# ${id}", it is "# ${title ?? ""}"`);
  if (severity === undefined)
    throw new Error(`${rulesFolder}/${id}/README.md: no line begins with **error**, **warning** or **info**`);
  const summary = /^\*\*(?:error|warning|info)\*\* · (.+)$/m.exec(page)?.[1];
  if (summary === undefined)
    throw new Error(`${rulesFolder}/${id}/README.md: the severity line must go on with " · " and what must hold`);
  return { severity, summary };
}

/**
 * The generated files as they should be.
 * @param {string} root The repository's folder.
 * @returns {Promise<Map<string, string>>} Path below the root → text.
 */
export async function generate(root) {
  const entries = await readdir(join(root, rulesFolder), { withFileTypes: true });
  const ids = entries
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .toSorted();
  const files = new Map();
  const lines = ids.map((id) => `export { rule as ${identifier(id)} } from "./${id}/rule.ts";\n`);
  files.set(
    `${rulesFolder}/index.gen.ts`,
    `// Generated from the folders beside this file by \`npm run gen\`; no need to edit.\n${lines.join("")}`,
  );

  const rows = [];
  for (const id of ids) {
    const page = await readFile(join(root, rulesFolder, id, "README.md"), "utf8");
    const { severity, summary } = readHead(id, page);
    rows.push({ id, severity, summary });
    files.set(
      `docs/rules/${id}.md`,
      `<!-- Generated from ${rulesFolder}/${id}/README.md by \`npm run gen\`; edit that file. -->\n\n${page}`,
    );
  }
  const rank = { error: 0, warning: 1, info: 2 };
  rows.sort((a, b) => rank[a.severity] - rank[b.severity] || (a.id < b.id ? -1 : 1));
  const table = rows
    .map(({ id, severity, summary }) => `| [\`${id}\`](${id}.md) | ${severity} | ${summary} |\n`)
    .join("");
  const silence =
    "A finding that is meant is silenced in the file, by a comment above its line: `# image-fix ignore=RULE -- reason`.";
  files.set(
    "docs/rules/README.md",
    `<!-- Generated from ${rulesFolder}/ by \`npm run gen\`. -->\n\n# Rules\n\n${silence}\n\n| rule | severity | what must hold |\n| --- | --- | --- |\n${table}`,
  );
  return files;
}
