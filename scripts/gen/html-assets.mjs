/**
 * Keeps src/report/html/assets.gen.ts equal to the style and the script of the HTML report beside it, with the hashes by
 * which the page's Content-Security-Policy admits them and nothing else. Run by scripts/gen.mjs.
 */
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";

const folder = "src/report/html";

/**
 * The generated file as it should be.
 * @param {string} root The repository's folder.
 * @returns {Promise<Map<string, string>>} Path below the root → text.
 */
export async function generate(root) {
  const style = await asset(root, "style.css");
  const script = await asset(root, "client.mjs");
  return new Map([
    [
      `${folder}/assets.gen.ts`,
      `// Generated from style.css and client.mjs beside this file by \`npm run gen\`; no need to edit.\n${[
        line("style", style.text),
        line("styleHash", style.hash),
        line("script", script.text),
        line("scriptHash", script.hash),
      ].join("")}`,
    ],
  ]);
}

const line = (name, value) => `export const ${name} = ${JSON.stringify(value)};\n`;

async function asset(root, name) {
  const text = await readFile(join(root, folder, name), "utf8");
  if (text.includes("</")) throw new Error(`${folder}/${name}: "</" would end its element in the page`);
  return { text, hash: `sha256-${createHash("sha256").update(text).digest("base64")}` };
}
