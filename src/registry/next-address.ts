/** Where a registry sends us: redirects of blobs and links to the next page, followed no further than is safe. */
import { err, ok, type Result } from "../core/result.ts";
import { isInternalAddress, isLoopback, originOf, originText, type Origin } from "./endpoint.ts";
import type { Answer } from "./exchange.ts";
import { quoted } from "./failures.ts";

/** What is asked of whom. */
export interface Address {
  readonly origin: Origin;
  /** With the query. */
  readonly path: string;
}

/**
 * Where a redirect leads.
 * @param registry where the registry itself is
 * @param mayLeaveTls the check of certificates was given up
 * @returns the error is a sentence without a full stop about the registry ("it sends us …")
 */
export function redirected(
  from: Address,
  location: string,
  registry: Origin,
  mayLeaveTls: boolean,
): Result<Address, string> {
  const base = `${originText(from.origin)}${from.path}`;
  const url = location !== "" && URL.canParse(location, base) ? new URL(location, base) : undefined;
  const origin = url === undefined ? undefined : originOf(url);
  if (url === undefined || origin === undefined) return err(`it sends us to no address ("${quoted(location)}")`);
  if (from.origin.scheme === "https" && origin.scheme === "http" && !mayLeaveTls)
    return err(`it sends us from TLS to an address without (${originText(origin)})`);
  const isRemote = !isLoopback(registry.hostname);
  if (isRemote && (isLoopback(origin.hostname) || isInternalAddress(origin.hostname)))
    return err(`it sends us to an address of this machine or its link (${originText(origin)})`);
  return ok({ origin, path: url.pathname + url.search });
}

/**
 * The path of the page behind this one, as `Link` gives it; `undefined` behind the last.
 * @returns the error is a sentence as of {@link redirected}
 */
export function nextPage(answer: Answer, current: Address): Result<string | undefined, string> {
  const link = answer.message.headers["link"];
  const text = Array.isArray(link) ? link.join(", ") : (link ?? "");
  const target = /<([^<>]{1,4096})>\s*;[^<]*\brel="?next"?/i.exec(text)?.[1];
  if (target === undefined) return ok(undefined);
  const base = `${originText(current.origin)}${current.path}`;
  const url = URL.canParse(target, base) ? new URL(target, base) : undefined;
  const origin = url === undefined ? undefined : originOf(url);
  // Behind a proxy that ends TLS registries are known to give links with http.
  return url !== undefined && origin?.hostname.toLowerCase() === current.origin.hostname.toLowerCase()
    ? ok(url.pathname + url.search)
    : err(`its list goes on at another host ("${quoted(target)}")`);
}
