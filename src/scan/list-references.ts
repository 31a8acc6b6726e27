/** Sources → the references of single images, filtered, of one shard, each once. */
import type { Failure } from "../core/errors.ts";
import type { NameFilter } from "./name-filter.ts";
import type { NameSet } from "./name-set.ts";
import type { Lister } from "./ports.ts";
import { referenceName } from "./reference-name.ts";
import { isOfShard, type Shard } from "./shard.ts";
import { isRepositoryName, isTag, parseSource, type ScanSource } from "./source.ts";
import { chooseTags, type TagChoice } from "./tag-choice.ts";

export type Listed =
  /** `name` is the reference's normalised name, which the journal goes by; `tag` is there where the registry listed it. */
  | { readonly kind: "image"; readonly reference: string; readonly name: string; readonly tag?: ListedTag }
  /** A source, repository or line that gave no images; `NO_IMAGE` where there are none to give. */
  | { readonly kind: "unlisted"; readonly target: string; readonly error: Failure };

/** A tag that a registry listed, and nobody named. */
export interface ListedTag {
  readonly host: string;
  readonly repository: string;
  readonly tag: string;
}

/** What an earlier run of the same scan has listed, and where this one notes what it lists. */
export interface ListingMemory {
  /** The whole catalogue of a registry, or undefined when it was not read to its end. */
  repositories(host: string): Promise<readonly string[] | undefined>;
  /** Whether the repository's tags (`host/name`) were listed; what was chosen of them is then listed already. */
  hasTags(repository: string): boolean;
  /** Notes go to the disk in their order, before any result that builds on them; nobody waits for them. */
  noteCatalogue(host: string, repositories: readonly string[]): void;
  noteCatalogueEnd(host: string): void;
  noteTags(repository: string, chosen: readonly string[]): void;
}

/** How far the listing is, for who watches. */
export interface ListingProgress {
  /** Images listed so far. */
  images: number;
  repositoriesListed: number;
  /** Repositories that are known to be there. */
  repositories: number;
}

export interface ListingContext {
  readonly lister: Lister;
  readonly filter: NameFilter;
  readonly tags: TagChoice;
  readonly shard: Shard;
  /** Names that need not be listed (again); grows. */
  readonly met: NameSet;
  readonly memory: ListingMemory | undefined;
  readonly progress: ListingProgress;
  readonly signal: AbortSignal;
}

/** Repositories whose tags are asked for ahead of the images that are read. */
const listedAhead = 8;

/** Lists the images of all sources. Nothing is thrown; what cannot be listed is an item of its own. */
export async function* listReferences(sources: readonly ScanSource[], context: ListingContext): AsyncGenerator<Listed> {
  for (const source of sources) yield* listSource(source, context);
}

async function* listSource(source: ScanSource, context: ListingContext): AsyncGenerator<Listed> {
  switch (source.kind) {
    case "registry":
      return yield* listRegistry(source.host, context);
    case "repository":
      context.progress.repositories++;
      return yield* listRepositories(source.host, [source.repository], context);
    case "layout":
      return yield* listLayout(source, context);
    case "list":
      return yield* listLines(source.file, context);
    case "image":
      return yield* wanted([source.text], context);
  }
}

async function* listRegistry(host: string, context: ListingContext): AsyncGenerator<Listed> {
  const { filter, memory, lister, signal, progress } = context;
  // The catalogue first: it is small beside the images, and then the end of the scan can be told.
  let repositories = await memory?.repositories(host);
  if (repositories === undefined) {
    const names = new Set<string>();
    let failure: Failure | undefined;
    for await (const page of lister.catalogue(host, signal)) {
      if (!page.ok) {
        failure = page.error;
        break;
      }
      for (const name of page.value) names.add(name);
      memory?.noteCatalogue(host, page.value);
    }
    if (signal.aborted) return;
    if (failure === undefined) memory?.noteCatalogueEnd(host);
    else yield { kind: "unlisted", target: `docker://${host}`, error: failure };
    repositories = [...names];
  }
  const chosen = [...new Set(repositories)].filter((name) => filter.wantsRepository(host, name));
  progress.repositories += chosen.length;
  for await (const item of listRepositories(host, chosen, context)) {
    if (item.kind !== "unlisted" || !isWithoutTags(item.error)) yield item;
    else if (isOfShard(context.shard, item.target) && context.met.add(item.target))
      yield {
        ...item,
        error: { code: "NO_IMAGE", reference: item.target, message: "no tag is in it any more, or ever was" },
      };
  }
}

/** A repository that was deleted, or holds images by digest alone, stays in the catalogue of many registries. */
export const isWithoutTags = (failure: Failure): boolean =>
  failure.code === "IMAGE_NOT_FOUND" && failure.isCertain === true;

/** Tags of some repositories are asked for at once, and come in the repositories' order. */
async function* listRepositories(
  host: string,
  repositories: readonly string[],
  context: ListingContext,
): AsyncGenerator<Listed> {
  const { lister, memory, progress, signal } = context;
  const ahead: { readonly repository: string; readonly tags: ReturnType<Lister["tags"]> }[] = [];
  let next = 0;
  const ask = (): void => {
    while (ahead.length < listedAhead && next < repositories.length && !signal.aborted) {
      const repository = repositories[next++] ?? "";
      if (memory?.hasTags(`${host}/${repository}`) === true) progress.repositoriesListed++;
      else ahead.push({ repository, tags: tagsOf(host, repository, lister, signal) });
    }
  };
  for (ask(); ahead.length > 0 && !signal.aborted; ask()) {
    const first = ahead.shift();
    if (first === undefined) return;
    const { repository } = first;
    const tags = await first.tags;
    progress.repositoriesListed++;
    if (signal.aborted) return;
    if (!tags.ok) {
      yield { kind: "unlisted", target: `docker://${host}/${repository}`, error: tags.error };
      continue;
    }
    const chosen = chooseTags(tags.value, context.tags, (tag) => context.filter.wantsTag(host, repository, tag));
    memory?.noteTags(`${host}/${repository}`, chosen);
    yield* taggedImages(host, repository, chosen, context);
  }
}

/** A repository or a tag that no image can have is never put into an address. */
async function tagsOf(
  host: string,
  repository: string,
  lister: Lister,
  signal: AbortSignal,
): ReturnType<Lister["tags"]> {
  if (isRepositoryName(repository)) return lister.tags(host, repository, signal);
  return {
    ok: false,
    error: {
      code: "IMAGE_NOT_FOUND",
      reference: `${host}/${repository}`,
      message: "the registry's catalogue has it, but it is no repository's name",
    },
  };
}

/** The images of a repository whose tags are chosen already. */
export function* taggedImages(
  host: string,
  repository: string,
  chosen: readonly string[],
  { shard, met, progress }: Pick<ListingContext, "shard" | "met" | "progress">,
): Generator<Listed> {
  for (const tag of chosen) {
    if (!isOfShard(shard, `${repository}:${tag}`)) continue;
    const name = `${host}/${repository}:${tag}`;
    if (!met.add(name)) continue;
    progress.images++;
    if (isTag(tag)) yield { kind: "image", reference: `docker://${name}`, name, tag: { host, repository, tag } };
    else {
      yield {
        kind: "unlisted",
        target: `docker://${name}`,
        error: { code: "IMAGE_NOT_FOUND", reference: name, message: "the registry lists it, but it is no tag" },
      };
    }
  }
}

async function* listLayout(
  source: Extract<ScanSource, { kind: "layout" }>,
  context: ListingContext,
): AsyncGenerator<Listed> {
  const references = await context.lister.layout(source.path, context.signal);
  if (!references.ok) {
    yield { kind: "unlisted", target: source.text, error: references.error };
    return;
  }
  // `--tags` speaks of the tags of one repository; a layout may hold several.
  const groups = new Map<string, Map<string, string[]>>();
  const others: string[] = [];
  for (const reference of references.value) {
    const { repository, tag } = referenceName(reference);
    if (tag === null) {
      others.push(reference);
      continue;
    }
    const tags = groups.get(repository) ?? new Map<string, string[]>();
    groups.set(repository, tags.set(tag, [...(tags.get(tag) ?? []), reference]));
  }
  for (const tags of groups.values()) {
    const chosen = chooseTags([...tags.keys()], context.tags, () => true);
    yield* wanted(
      chosen.flatMap((tag) => tags.get(tag) ?? []),
      context,
    );
  }
  yield* wanted(others, context);
}

/** References by their own names: what the filters want of them, and of this shard, once. */
function* wanted(references: readonly string[], context: ListingContext): Generator<Listed> {
  for (const reference of references) {
    const { name, host, repository, tag, shardName } = referenceName(reference);
    if (!context.filter.wantsTag(host, repository, tag)) continue;
    if (!isOfShard(context.shard, shardName) || !context.met.add(name)) continue;
    context.progress.images++;
    yield { kind: "image", reference, name };
  }
}

const emptyHint = "what was to write it has most likely failed; scan takes one image or source a line";

async function* listLines(file: string, context: ListingContext): AsyncGenerator<Listed> {
  const target = file === "-" ? "-" : `@${file}`;
  let isEmpty = true;
  for await (const line of context.lister.lines(file, context.signal)) {
    if (!line.ok) {
      yield { kind: "unlisted", target, error: line.error };
      return;
    }
    for (const text of namesOf(line.value)) {
      isEmpty = false;
      const source = parseSource(text, true);
      if (source.ok) yield* listSource(source.value, context);
      else yield { kind: "unlisted", target: text, error: { code: "USAGE", message: source.error } };
    }
  }
  // Nobody scans nothing on purpose: what was to write the list has failed.
  if (isEmpty && !context.signal.aborted)
    yield { kind: "unlisted", target, error: { code: "USAGE", message: "the list is empty", hint: emptyHint } };
}

/** A line holds one name, or several with blanks between, as `kubectl … -o jsonpath` prints them; `#` begins a comment. */
function namesOf(line: string): readonly string[] {
  const text = line.replace(/(?:^|\s)#.*$/su, "").trim();
  if (text === "") return [];
  // A folder's name may hold blanks.
  return /^(?:oci|oci-archive|docker-archive):/.test(text) ? [text] : text.split(/\s+/);
}
