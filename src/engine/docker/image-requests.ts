/** Requests about one image with the parameters that dockerode does not pass on. */
import { Readable } from "node:stream";
import type Dockerode from "dockerode";

/** Of an image for several platforms: which are there, or one of them. */
export interface ImageQuery {
  /** API 1.48: every platform is listed. */
  readonly manifests?: true;
  /** `linux/arm64`. API 1.48, of inspections 1.49; older ones pay no heed to it. */
  readonly platform?: string | undefined;
}

const json = async (docker: Dockerode, reference: string, what: string, query: ImageQuery): Promise<unknown> =>
  await request(docker, `/images/${reference}/${what}?`, query, {});

/** `GET /images/{name}/json` */
export const inspectImage = (docker: Dockerode, reference: string, query: ImageQuery = {}): Promise<unknown> =>
  json(docker, reference, "json", query);

/** `GET /images/{name}/history` */
export const imageHistory = (docker: Dockerode, reference: string, query: ImageQuery): Promise<unknown> =>
  json(docker, reference, "history", query);

/** `GET /images/{name}/get` */
export async function exportImage(docker: Dockerode, reference: string, query: ImageQuery): Promise<Readable> {
  const answer = await request(docker, `/images/${reference}/get?`, query, { isStream: true });
  if (answer instanceof Readable) return answer;
  throw new TypeError("dockerode gave no stream");
}

async function request(
  docker: Dockerode,
  path: string,
  { manifests, platform }: ImageQuery,
  how: { readonly isStream?: true },
): Promise<unknown> {
  const options = {
    ...(manifests === undefined ? {} : { manifests }),
    ...(platform === undefined ? {} : { platform: platformJson(platform) }),
  };
  return await new Promise((resolve, reject) => {
    docker.modem.dial(
      { path, method: "GET", options, ...how, statusCodes: { 200: true, 404: "no such image", 500: "server error" } },
      (error: unknown, answer: unknown) => {
        if (error === null || error === undefined) resolve(answer);
        // oxlint-disable-next-line typescript/prefer-promise-reject-errors -- an Error of dockerode's
        else reject(error);
      },
    );
  });
}

/** A platform as the API takes it in a query: an object of OCI's. */
function platformJson(platform: string): string {
  const [os, architecture, variant] = platform.split("/");
  return JSON.stringify({ os, architecture, variant });
}
