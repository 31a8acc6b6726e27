/** Images that an engine has to have for a while: taken as they are where they are, else brought in and removed again. */
import type { Failure } from "../core/errors.ts";
import type { CallOptions, Engine, ImageRecord } from "../core/ports.ts";
import { err, ok, type Result } from "../core/result.ts";
import { lasting } from "../engine/limits.ts";
import { imageNameText, type ImageName, type ImageReference } from "../image/reference.ts";
import { invalidImage, isPlatform } from "../image/view.ts";

export interface BorrowedImage {
  readonly record: ImageRecord;
  /** Manifest digest in the registry, where the engine knows it from there. */
  readonly digest: string | null;
  /** Removes what was brought in and gives names back that went to it; does nothing for an image that was there. */
  giveBack(): Promise<void>;
}

export interface BorrowOptions extends CallOptions {
  readonly platform?: string;
}

/**
 * Sees to it that the engine has an image. A name without a transport is looked up in the engine and then pulled;
 * `docker://` is always what the registry has now.
 * @param text the reference as the user wrote it
 */
export async function borrowImage(
  engine: Engine,
  text: string,
  reference: ImageReference,
  options: BorrowOptions,
): Promise<Result<BorrowedImage, Failure>> {
  const borrowed = await borrow(engine, text, reference, options);
  const { platform } = options;
  if (!borrowed.ok || platform === undefined || isPlatform(borrowed.value.record.platform, platform)) return borrowed;
  // Pulls of an image that has no other platform give it all the same.
  await borrowed.value.giveBack();
  return err(invalidImage(text, `${engine.name} has it for ${borrowed.value.record.platform}, not for ${platform}`));
}

async function borrow(
  engine: Engine,
  text: string,
  reference: ImageReference,
  options: BorrowOptions,
): Promise<Result<BorrowedImage, Failure>> {
  switch (reference.transport) {
    case "any": {
      const there = await engine.inspect(text, options);
      const isHere = isLocalOnly(text, reference.name);
      if (there.ok && (isHere || suits(there.value, options.platform)))
        return ok(own(there.value, digestOf(there.value, reference.name)));
      if (!there.ok && (isHere || there.error.code !== "IMAGE_NOT_FOUND")) return err(withList(there.error, engine));
      return await pulled(engine, reference.name, options);
    }
    case "docker":
      return await pulled(engine, reference.name, options);
    case "docker-daemon":
    case "containers-storage": {
      const there = await engine.inspect(reference.name, options);
      return there.ok ? ok(own(there.value, null)) : err(withList(there.error, engine));
    }
    case "oci":
    case "oci-archive":
    case "docker-archive": {
      const { openDockerSave } = await import("../image/docker-save.ts");
      const opened = await openDockerSave(reference, options);
      if (!opened.ok) return opened;
      const { archive, digest, fault } = opened.value;
      const brought = await broughtIn(engine, { digest }, options, () => engine.load(archive, options));
      // Why the archive broke off says more than that it did.
      return brought.ok ? brought : err(fault() ?? brought.error);
    }
  }
}

/** Where an image is not that can be nowhere else, what shows those that are. */
const withList = (failure: Failure, { name }: Engine): Failure =>
  failure.code === "IMAGE_NOT_FOUND" && failure.hint === undefined
    ? { ...failure, hint: `build or load it first; ${name} images lists what is there` }
    : failure;

const suits = (image: ImageRecord, platform: string | undefined): boolean =>
  platform === undefined || isPlatform(image.platform, platform);

const own = (record: ImageRecord, digest: string | null): BorrowedImage => ({
  record,
  digest,
  giveBack: () => Promise.resolve(),
});

/** Ids are nowhere but here; no registry is called `localhost` without a port. */
const isLocalOnly = (text: string, { host }: ImageName): boolean => text.startsWith("sha256:") || host === "localhost";

/** The manifest digest that the engine knows of the image under that repository. */
function digestOf(image: ImageRecord, { host, repository, digest }: ImageName): string | null {
  const found = image.repoDigests.find((entry) => entry.startsWith(`${host}/${repository}@`));
  return digest ?? found?.slice(found.indexOf("@") + 1) ?? null;
}

async function pulled(
  engine: Engine,
  name: ImageName,
  options: BorrowOptions,
): Promise<Result<BorrowedImage, Failure>> {
  const { tag: _, ...rest } = name;
  // The digest decides, and engines take either but not both.
  const whole = imageNameText(name.digest === undefined ? name : rest);
  const borrowed = await broughtIn(engine, { name: whole }, options, () => engine.pull(whole, options));
  if (!borrowed.ok) return borrowed;
  return ok({ ...borrowed.value, digest: digestOf(borrowed.value.record, name) });
}

/**
 * Has an image brought in, and remembers how things were.
 * @param known the name it will have, or the digest that is known of it
 */
async function broughtIn(
  engine: Engine,
  known: { readonly name?: string; readonly digest?: string | null },
  options: BorrowOptions,
  bring: () => ReturnType<Engine["load"]>,
): Promise<Result<BorrowedImage, Failure>> {
  const before = await engine.listImages(options);
  if (!before.ok) return before;
  const brought = await bring();
  // Given up by us, the engine may have finished all the same.
  const arrived =
    brought.ok || known.name === undefined ? brought : await engine.inspect(known.name, lasting(options.signal));
  const record = arrived.ok ? arrived.value : undefined;
  const giveBack = async (): Promise<void> => {
    if (record !== undefined) await restore(engine, record.id, before.value, options.signal);
  };
  if (brought.ok) return ok({ record: brought.value, digest: known.digest ?? null, giveBack });
  await giveBack();
  return brought;
}

/** Names that went to the image go back to what they named or are taken off; the image goes where it was not there. */
async function restore(
  engine: Engine,
  id: string,
  before: ReadonlyMap<string, string>,
  run: AbortSignal,
): Promise<void> {
  const options = lasting(run);
  const after = await engine.inspect(id, options);
  if (!after.ok) return;
  for (const name of after.value.names) {
    const owner = before.get(name);
    if (owner === undefined) await engine.removeImage(name, options);
    else if (owner !== id) await engine.tag(owner, name, options);
  }
  // What a container of somebody else's uses by now is refused, and stays.
  if (!before.has(id)) await engine.removeImage(id, options);
}
