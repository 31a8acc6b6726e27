/**
 * Makes the folder of a new rule: `node scripts/new-rule.mjs my-rule "What must hold"`. What it writes compiles, fails its
 * test on purpose until the rule is there, and shows up in the lists after `npm run gen`.
 */
import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const [id = "", title = "State what must hold"] = process.argv.slice(2);

if (!/^[a-z][a-z0-9]*(?:-[a-z0-9]+)*$/.test(id)) {
  console.error(
    `"${id}" is no rule id: write lower-case words joined by dashes, for instance\n  node scripts/new-rule.mjs root-user "The image starts as a user other than root"`,
  );
  process.exit(2);
}

const folder = join(root, "src/rules", id);

const ruleText = `import { defineRule } from "../rule.ts";

export const rule = defineRule({
  id: "${id}",
  title: ${JSON.stringify(title)},
  severity: "warning",
  messages: {
    found: "State the fact and its consequence, without advice",
  },
  check: ({ model }, report) => {
    for (const { instruction, stage } of model.shipped) {
      if (instruction.keyword === "STOPSIGNAL") report("found", { at: instruction, stage });
    }
  },
});
`;

const testText = `import { testRule } from "../test-kit.ts";
import { rule } from "./rule.ts";

testRule(rule, {
  valid: [{ name: "a clean file", text: "FROM alpine:3.20\\nUSER 65532:65532\\n" }],
  invalid: [{ name: "write the first case that must be found", text: "FROM alpine:3.20\\n", lines: [1] }],
});
`;

const pageText = `# ${id}

**warning** · ${title}

## Output

\`\`\`text
State the fact and its consequence, without advice
\`\`\`

## What it means

Who meets this, when, and with which words. Name the source.

## Bad

\`\`\`containerfile bad
FROM alpine:3.20
STOPSIGNAL SIGTERM
USER 65532:65532
\`\`\`

## Good

\`\`\`containerfile good
FROM alpine:3.20
USER 65532:65532
\`\`\`

## When not to use it

Say when the finding does not matter.
`;

try {
  await mkdir(folder);
} catch (error) {
  console.error(error.code === "EEXIST" ? `src/rules/${id} is there already` : error.message);
  process.exit(2);
}
await writeFile(join(folder, "rule.ts"), ruleText);
await writeFile(join(folder, "rule.test.ts"), testText);
await writeFile(join(folder, "README.md"), pageText);
console.log(
  `src/rules/${id}/ is made. Write the test first, then the rule and its page; \`npm run gen\` adds it to the lists.`,
);
