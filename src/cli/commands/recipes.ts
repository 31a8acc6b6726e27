/** `image-fix recipes`: the recipes with what each would write. */
import { Command } from "commander";
import type { RecipeList } from "../../app/recipes.ts";
import { exitCodeOf, exitCodes, type ExitCode, type Failure } from "../../core/errors.ts";
import { visible } from "../../core/terminal-text.ts";
import { loadConfig } from "../config.ts";
import { formatOption, option, recipesOption } from "../options.ts";
import { printFault } from "../output.ts";
import type { Run } from "../run.ts";
import type { Terminal } from "../terminal.ts";
import { tool } from "../version.ts";
import { parseGid, parseHome, parseText, parseUid, parseUserName } from "../values.ts";

interface RecipesOptions {
  readonly recipes?: string;
  readonly uid?: number;
  readonly gid?: number;
  readonly userName?: string;
  readonly home?: string;
  readonly format: "text" | "json";
  readonly verbose?: boolean;
  readonly config?: string;
}

const help = `
Examples:
  image-fix recipes
  image-fix recipes --uid 10001 --user-name app
  image-fix recipes --recipes ./recipes --verbose`;

/** Defines the command. */
export function recipesCommand(run: Run): Command {
  return new Command("recipes")
    .summary("list the base-image recipes with what each writes")
    .description(
      "Lists how an account is made on each family of base images, and the software that image-fix knows (which ships with it: --recipes takes base images' recipes only).",
    )
    .addOption(recipesOption())
    .addOption(option("--uid <uid>", "uid of the account (default: 65532)", parseUid))
    .addOption(option("--gid <gid>", "gid of the account (default: the uid)", parseGid))
    .addOption(option("--user-name <name>", "name of the account (default: nonroot)", parseUserName))
    .addOption(option("--home <path>", "home of the account (default: /home/nonroot)", parseHome))
    .addOption(formatOption(["text", "json"]))
    .option("-v, --verbose", "show the facts that each recipe rests on, with their sources")
    .addOption(option("--config <file>", "configuration file (default: .image-fix.yaml, here or above)", parseText))
    .addHelpText("after", help)
    .action((options: RecipesOptions) => run((terminal) => recipes(options, terminal)));
}

async function recipes(options: RecipesOptions, terminal: Terminal): Promise<ExitCode> {
  const config = await loadConfig(options.config, process.cwd());
  if (!config.ok) return printFailure(config.error, options, terminal);
  const { listRecipes } = await import("../../app/recipes.ts");
  const uid = options.uid ?? config.value.uid ?? 65_532;
  const name = options.userName ?? config.value["user-name"] ?? "nonroot";
  const recipesDir = options.recipes ?? config.value.recipes;
  const list = await listRecipes({
    uid,
    gid: options.gid ?? config.value.gid ?? uid,
    userName: name,
    home: options.home ?? config.value.home ?? `/home/${name}`,
    ...(recipesDir === undefined ? {} : { recipesDir }),
  });
  if (!list.ok) return printFailure(list.error, options, terminal);
  terminal.out(
    options.format === "json"
      ? (await import("../../report/json-recipes.ts")).renderRecipesJson(list.value, tool)
      : recipesText(list.value, options.verbose === true),
  );
  return exitCodes.ok;
}

const printFailure = (failure: Failure, { format }: RecipesOptions, terminal: Terminal): Promise<ExitCode> =>
  format === "json" ? printRecipesFailure(failure, terminal) : printFault(terminal, failure);

/** Why nothing is listed, as JSON. */
export async function printRecipesFailure(failure: Failure, terminal: Terminal): Promise<ExitCode> {
  const { renderRecipesJson } = await import("../../report/json-recipes.ts");
  terminal.out(renderRecipesJson({ recipes: [], software: [] }, tool, failure));
  return exitCodeOf(failure);
}

function recipesText({ recipes: listed, software }: RecipeList, verbose: boolean): string {
  const blocks = listed.map(({ id, title, families, images, writes, facts, own }) =>
    [
      `${id}: ${title}${own ? " (your own)" : ""}`,
      ...(families.length > 0 ? [`  families: ${families.join(", ")}`] : []),
      ...(images.length > 0 ? [`  images: ${images.join(", ")}`] : []),
      ...writes.map((line) => `    ${line}`),
      ...(verbose ? facts.map(({ fact, source }) => `  fact: ${fact} (${source})`) : []),
    ]
      .map((line) => `${visible(line)}\n`)
      .join(""),
  );
  const words = { works: "works as non-root", manual: "needs a person's change", never: "does not work as non-root" };
  const known = software.map(
    ({ id, title, nonRoot, advice }) => `  ${id}: ${title}, ${words[nonRoot]}${verbose ? `: ${advice}` : ""}\n`,
  );
  return `${blocks.join("\n")}\nKnown software:\n${visible(known.join(""))}`;
}
