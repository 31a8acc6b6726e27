/** The stories of `samples/` and `recipes/<family>/samples/`: what lies in each, read for the tests. */
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parse } from "yaml";

/** What `sample.yaml` says in words must hold; checked apart from the text. */
export interface Story {
  readonly story: string;
  /** Of the file as it is. */
  readonly verdict: string;
  readonly configUser: string | null;
  /** Options of the fix other than the usual ones. */
  readonly options?: Readonly<Record<string, unknown>>;
  /** Missing where the file is left as it is. */
  readonly fixed?: {
    readonly verdict: string;
    readonly configUser: string;
    /** The line that `id` prints, as far as it is predicted without an engine. */
    readonly id?: string;
    /** Rules that still find something, and why that is right stands in the comment above. */
    readonly remaining?: readonly string[];
    /** What the running container prints: checked by the engine tests. */
    readonly prints?: string;
  };
}

export interface Sample {
  /** Path of the folder from the top of the repository. */
  readonly name: string;
  readonly folder: string;
  readonly containerfile: Buffer;
  readonly expected: Buffer;
  readonly findings: readonly { readonly rule: string; readonly severity: string; readonly line: number }[];
  /** Text files of the build context. */
  readonly context: Readonly<Record<string, string>>;
  readonly story: Story;
}

const root = fileURLToPath(new URL("../../", import.meta.url));

const foldersIn = (path: string): readonly string[] => {
  try {
    return readdirSync(join(root, path), { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map(({ name }) => `${path}/${name}`)
      .toSorted();
  } catch {
    return [];
  }
};

/** Every folder that holds a story. */
export const sampleFolders: readonly string[] = [
  ...foldersIn("samples"),
  ...foldersIn("recipes").flatMap((family) => foldersIn(`${family}/samples`)),
];

function readContext(folder: string, below = ""): Record<string, string> {
  const files: Record<string, string> = {};
  for (const name of readdirSync(join(folder, below))) {
    const path = below === "" ? name : `${below}/${name}`;
    if (statSync(join(folder, path)).isDirectory()) Object.assign(files, readContext(folder, path));
    else files[path] = readFileSync(join(folder, path), "utf8");
  }
  return files;
}

/** Reads one story; a file that must be there and is not throws. */
export function readSample(name: string): Sample {
  const folder = join(root, name);
  const text = (file: string): string => readFileSync(join(folder, file), "utf8");
  let context: Record<string, string> = {};
  try {
    context = readContext(join(folder, "context"));
  } catch {
    // A file that copies nothing needs no context.
  }
  return {
    name,
    folder,
    containerfile: readFileSync(join(folder, "Containerfile")),
    expected: readFileSync(join(folder, "expected", "Containerfile")),
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- compared whole: another shape fails the test
    findings: JSON.parse(text("expected/findings.json")) as Sample["findings"],
    context,
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- every field is compared
    story: parse(text("sample.yaml")) as Story,
  };
}
