import { expect, test } from "vitest";
import {
  softwareForCommand,
  softwareForDownload,
  softwareForImage,
  softwareForPackages,
  softwareForService,
  softwareOfProgram,
} from "./match-software.ts";
import { shippedSoftware } from "./recipe-book.ts";

const ids = (found: readonly { readonly id: string }[]): readonly string[] => found.map(({ id }) => id);

test.each([
  ["apt", ["nginx-light"], ["nginx"]],
  ["apt", ["postgresql-16"], ["postgresql"]],
  ["apt", ["postgresql-client-16"], []],
  ["apt", ["php8.2-fpm"], ["php-fpm"]],
  ["apk", ["php83-fpm"], ["php-fpm"]],
  ["microdnf", ["httpd"], ["apache"]],
  ["yum", ["cronie"], ["cron"]],
  ["apk", ["certbot"], ["certbot"]],
  ["apt", ["redis-tools", "curl", "git"], []],
])("%s %j", (manager, packages, expected) => {
  expect(ids(softwareForPackages(manager, packages))).toEqual(expected);
});

test.each([
  ["https://github.com/just-containers/s6-overlay/releases/download/v3/s6-overlay-noarch.tar.xz", ["s6-overlay"]],
  ["/tmp/s6-overlay-${ARCH}.tar.gz", ["s6-overlay"]],
  ["https://openresty.org/download/openresty-${RESTY_VERSION}.tar.gz", ["openresty"]],
  ["https://example.com/app.tar.gz", []],
])("by its archive: %s", (text, expected) => {
  expect(ids(softwareForDownload(text))).toEqual(expected);
});

test("by the program that starts it", () => {
  expect(ids(softwareOfProgram("nginx-debug"))).toEqual(["nginx"]);
});

test("by image, whatever its tag or digest", () => {
  expect(ids(softwareForImage("nginx:1.27"))).toEqual(["nginx"]);
  expect(ids(softwareForImage("docker.io/library/httpd@sha256:00"))).toEqual(["apache"]);
  expect(ids(softwareForImage("registry.example.com/nginx"))).toEqual([]);
});

test("by command alone only what a command is evidence enough of", () => {
  expect(ids(softwareForCommand("crond"))).toEqual(["cron"]);
  expect(ids(softwareForCommand("sshd"))).toEqual(["sshd"]);
  expect(ids(softwareForCommand("nginx"))).toEqual([]);
  expect(ids(softwareForCommand("ssh"))).toEqual([]);
});

test("by a service's name, which may be another program's as a command", () => {
  expect(ids(softwareForService("ssh"))).toEqual(["sshd"]);
  expect(ids(softwareForService("cron"))).toEqual(["cron"]);
  expect(ids(softwareForService("nginx"))).toEqual([]);
});

test("what cannot run as it is says why, and what to do", () => {
  const short = shippedSoftware().filter(({ nonRoot, advice }) => nonRoot !== "works" && advice.length < 40);
  const pointless = shippedSoftware().filter(({ nonRoot, writable }) => nonRoot === "never" && writable.length > 0);
  expect([...short, ...pointless]).toEqual([]);
});

test("what a configuration file says is told by expressions, the port's with a group", () => {
  const settings = shippedSoftware().flatMap((one) => one.settings ?? []);
  // A group is there even where nothing takes part in it.
  expect(
    settings.flatMap(({ port = [] }) => port).map((port) => new RegExp(`${port}|`, "gim").exec("")?.length),
  ).toEqual(settings.flatMap(({ port }) => (port === undefined ? [] : [2])));
  expect(settings.flatMap(({ root = [] }) => root).every((root) => new RegExp(root, "gim").test(""))).toBe(false);
});
