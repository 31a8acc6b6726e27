/** Types of `registry.mjs`, for the tests that use it. */
export interface Registry {
  /** `127.0.0.1:40123`. */
  readonly host: string;
  readonly pid: number | undefined;
  /** Its access log so far. */
  log(): Promise<string>;
  stop(): Promise<void>;
}
export interface Client {
  send(
    method: string,
    path: string,
    more?: { readonly headers?: Readonly<Record<string, string | number>>; readonly body?: Uint8Array },
  ): Promise<{ readonly status: number; readonly headers: Readonly<Record<string, string>>; readonly body: Buffer }>;
  close(): void;
}
export interface PushedImage {
  readonly user: string;
  readonly blobs: readonly Uint8Array[];
  readonly children: readonly Uint8Array[];
  readonly manifest: Uint8Array;
  readonly mediaType: string;
}
export function startRegistry(program?: string): Promise<Registry>;
export function requestsIn(log: string): number;
export function httpClient(host: string, connections?: number): Client;
export function imageOf(number: number): PushedImage;
export function pushImage(client: Client, repository: string, tag: string, image: PushedImage): Promise<void>;
export function fillRegistry(
  host: string,
  images: number,
  repositories: number,
): Promise<readonly { readonly repository: string; readonly tag: string; readonly user: string }[]>;
