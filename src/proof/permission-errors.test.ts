import { expect, test } from "vitest";
import { permissionErrors } from "./permission-errors.ts";

test.each([
  "/app/serve: can't create /data/x: Permission denied",
  "nginx: [emerg] bind() to 0.0.0.0:80 failed (13: Permission denied)",
  "chown: /data: Operation not permitted",
  "Error: EACCES: permission denied, mkdir '/app/.cache'",
  "java.nio.file.AccessDeniedException: /opt/app/work",
  "touch: /tmp/x: Read-only file system",
  "FileNotFoundError: [Errno 2] No usable temporary directory found in ['/tmp', '/var/tmp', '/usr/tmp', '/app']",
  "supervisord: Error: must be run as root",
  "this script requires root privileges",
  "su-exec: setgroups(0): operation not permitted",
])("%s", (line) => {
  expect(permissionErrors(`before\n${line}\nafter\n`)).toEqual([line]);
});

test.each(["listening on 8080", "permissions loaded", "root user found", "denied 0 of 4 requests", ""])(
  "no refusal: %j",
  (line) => {
    expect(permissionErrors(line)).toEqual([]);
  },
);

test.each([
  '2026/11/28 20:00:01 [alert] 1#1: unlink() "/run/nginx.pid" failed (13: Permission denied)',
  "AH00100: Could not remove PID file: Permission denied",
  "rm: cannot remove '/app/tmp/pids/server.pid': Permission denied",
])("no refusal: a pid file that stays when its program ends: %s", (line) => {
  expect(permissionErrors(line)).toEqual([]);
});

test.each([
  'nginx: [emerg] open() "/run/nginx.pid" failed (13: Permission denied)',
  "rm: cannot remove '/etc/nginx/sites-enabled/default': Permission denied",
  "pid 7: deleting old files in /data: Permission denied",
])("a pid file that cannot be written, another file that cannot be removed: %s", (line) => {
  expect(permissionErrors(line)).toEqual([line]);
});

test("each line once, without colours, the first five, none without end", () => {
  const many = Array.from({ length: 20 }, (_, index) => `\u001b[31m${index}: permission denied\u001b[0m`);
  const lines = permissionErrors([many[0], ...many, "x".repeat(400)].join("\r\n"));
  expect(lines).toEqual([0, 1, 2, 3, 4].map((index) => `${index}: permission denied`));
  expect(permissionErrors(`${"x".repeat(400)} EPERM`)[0]).toHaveLength(300);
});
