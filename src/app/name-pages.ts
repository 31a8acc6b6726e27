/** The lists of a registry, name by name: its catalogue and the tags of a repository. */
import { asObject, asTexts } from "../core/json.ts";
import { Refusal } from "../core/refusal.ts";
import type { RegistryClient } from "../registry/client.ts";

/** Registries give 50 to 1,000 a page as they like; more than 1,000 is an error to some. */
const mostNames = 1000;
/** Pages that are asked for without a link: a registry that has always more would never come to an end. */
const mostPages = 10_000;

/** Which list: `/v2/_catalog`, `/v2/library/alpine/tags/list`, and what its names are in. */
export interface NameList {
  readonly path: string;
  readonly key: "repositories" | "tags";
}

/** What is needed of a registry's client. */
export type ListClient = Pick<RegistryClient, "host" | "pages">;

/**
 * The names of a list, each once, as its pages come. Throws a {@link Refusal} where a page cannot be read, or brings
 * nothing but what came before.
 * @param most pages that are asked for without a link
 */
export async function* namePages(
  client: ListClient,
  list: NameList,
  most = mostPages,
): AsyncGenerator<readonly string[]> {
  const seen = new Set<string>();
  let page = yield* firstPages(client, list, seen);
  // The specification ends a list where no link is. Some leave the link out where there is more (groups of Nexus,
  // go-containerregistry); a page as long as was asked for may be one of theirs.
  for (let asked = 0; page.length === mostNames; asked++) {
    if (asked === most) throw endless(client, list, `goes on behind ${seen.size} names`);
    page = yield* pagesBehind(client, list, page, seen);
  }
}

/** Some are set to give less than that, and refuse it (`catalog.maxentries` of distribution): they are left to choose. */
async function* firstPages(
  client: ListClient,
  { path, key }: NameList,
  seen: Set<string>,
): AsyncGenerator<readonly string[], readonly string[]> {
  try {
    return yield* linkedPages(client, { path: `${path}?n=${mostNames}`, key }, seen, true);
  } catch (error) {
    if (seen.size > 0 || statusOf(error) !== 400) throw error;
    return yield* linkedPages(client, { path, key }, seen, true);
  }
}

/** What is behind a page, where the registry knows of anything; one that does not take the question has said its all. */
async function* pagesBehind(
  client: ListClient,
  { path, key }: NameList,
  page: readonly string[],
  seen: Set<string>,
): AsyncGenerator<readonly string[], readonly string[]> {
  const behind = `${path}?n=${mostNames}&last=${encodeURIComponent(page.at(-1) ?? "")}`;
  try {
    return yield* linkedPages(client, { path: behind, key }, seen, false);
  } catch (error) {
    if ([400, 404, 405].includes(statusOf(error) ?? 0)) return [];
    throw error;
  }
}

/** A page and those that are linked behind it; gives back the last. @param isToldOf whether the registry led us there */
async function* linkedPages(
  client: ListClient,
  { path, key }: NameList,
  seen: Set<string>,
  isToldOf: boolean,
): AsyncGenerator<readonly string[], readonly string[]> {
  let names: readonly string[] = [];
  for await (const page of client.pages(path)) {
    names = asTexts(asObject(page)[key]);
    const fresh = [...new Set(names)].filter((name) => !seen.has(name));
    if (fresh.length === 0 && names.length > 0) {
      if (!isToldOf) return [];
      throw endless(client, { path, key }, "goes on with those that it has given before");
    }
    for (const name of fresh) seen.add(name);
    yield fresh;
  }
  return names;
}

const endless = ({ host }: ListClient, { key }: NameList, how: string): Refusal =>
  new Refusal({ code: "REGISTRY_FAILED", registry: host, message: `its list of ${key} ${how}` });

/** The status of the answer that a list was ended with. */
function statusOf(error: unknown): number | undefined {
  if (!(error instanceof Refusal)) return undefined;
  const { failure } = error;
  if (failure.code === "IMAGE_NOT_FOUND") return 404;
  return failure.code === "REGISTRY_FAILED" ? failure.status : undefined;
}
