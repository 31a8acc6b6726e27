import { isSystemPath, resolvePath } from "../../facts/paths.ts";
import { copiedAgain, isCopy } from "../copied-again.ts";
import { writesAsRoot } from "../copied-owners.ts";
import { endsNonRoot } from "../decided-user.ts";
import { handoverOf, handovers, indexHandovers, usableHome, type Handover } from "../handovers.ts";
import { mayBeFolder } from "../layers.ts";
import { indexPaths } from "../path-index.ts";
import { defineRule, type RuleInput } from "../rule.ts";

interface Area {
  readonly path: string;
  readonly what: string;
}

/** A home to work in, not the folder that a service account is registered with (`/var/www` of www-data). */
const isPersonal = (home: string, { user }: RuleInput): boolean =>
  home.startsWith("/home/") || (user.uid.known && user.uid.value >= 1000);

/** Folders that the user is meant to write, with the reason for it. */
function writableAreas(input: RuleInput): readonly Area[] {
  const { model, options } = input;
  const home = usableHome(input);
  return [
    ...model
      .after(model.graph.target)
      .volumes.map(({ value }) => ({ path: resolvePath("/", value), what: `the volume ${value}` })),
    ...options.writable.map((path) => ({ path: resolvePath("/", path), what: `${path}, which is to be writable` })),
    ...(home === undefined || isSystemPath(home) || !isPersonal(home, input)
      ? []
      : [{ path: home, what: `${home}, the user's home` }]),
  ];
}

/** Whether a handover gives the folder itself: a COPY of single files leaves the one that it copies into as it is. */
const givesFolder = ({ instruction }: Handover): boolean =>
  !isCopy(instruction) || instruction.sources.some(({ value }) => mayBeFolder(value));

export const rule = defineRule({
  id: "copy-root-owned",
  title: "Files copied to where the user writes belong to the user",
  severity: "info",
  messages: {
    root: '{keyword} without --chown puts files of root into {what}, where "{user}" cannot change them',
  },
  check: (input, report) => {
    const { effects, model, user } = input;
    if (!endsNonRoot(input) || effects.copies.every(({ chown }) => chown !== undefined)) return;
    const areas = indexPaths(
      new Map(writableAreas(input).map((area) => [area.path, area])).values(),
      ({ path }) => path,
    );
    const given = handovers(input);
    const folders = indexHandovers(given.filter(givesFolder));
    // A COPY gives what it brings and leaves alone what lies there.
    const changes = indexHandovers(given.filter(({ instruction }) => !isCopy(instruction)));
    const comesAgain = copiedAgain(given);
    const isOfRoot = writesAsRoot(model);
    // A working directory that this very stage gives to the user. One that an earlier stage gave may be meant otherwise.
    const workdir = model.after(model.graph.target).workdir.value.value;
    for (const copy of effects.copies) {
      const { destination, chown, at } = copy;
      if (destination === undefined || chown !== undefined) continue;
      const path = resolvePath("/", destination);
      if (handoverOf(changes, path, at.instruction.span.start) !== undefined || comesAgain(copy)) continue;
      const [area] = areas.around(path);
      const isGiven =
        path === workdir && folders.at(path).some(({ by, stage }) => by === "owner" && stage === at.stage);
      const what = area?.what ?? (isGiven ? `${path}, which is the user's` : undefined);
      if (what === undefined || !isOfRoot(at)) continue;
      report("root", {
        at: at.instruction.span,
        stage: at.stage,
        data: { keyword: at.instruction.keyword, what, user: user.userPart ?? "the user" },
        fix: { title: "Give the copied files to the user with --chown", applicability: "manual" },
      });
    }
  },
});
