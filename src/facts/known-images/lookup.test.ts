import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as v from "valibot";
import { describe, expect, test } from "vitest";
import { families } from "../../recipe/schema.ts";
import { judgeConfigUser } from "../../image/config-user.ts";
import { firstName } from "./copies.ts";
import { lookUpKnownImage } from "./lookup.ts";

const folder = join(import.meta.dirname, "../../../recipes/known-images");
const read = (name: string): unknown => JSON.parse(readFileSync(join(folder, name), "utf8"));

const id = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(4294967295));
const text = v.pipe(v.string(), v.nonEmpty());
const paths = v.array(v.pipe(v.string(), v.startsWith("/")));
const tools = v.array(v.picklist(["useradd", "adduser", "groupadd", "addgroup", "find", "getent", "chown"]));
const row = v.strictObject({
  tags: v.pipe(v.array(text), v.minLength(1)),
  user: v.nullable(v.string()),
  family: v.nullable(v.picklist([...families, "windows"])),
  accounts: v.array(v.union([v.strictTuple([text, id, id]), v.strictTuple([text, id, id, v.string()])])),
  unnumbered: v.optional(v.array(text)),
  complete: v.optional(v.boolean()),
  designated: v.optional(text),
  shell: v.optional(v.boolean()),
  has: v.optional(tools),
  lacks: v.optional(tools),
  workdir: v.optional(v.string()),
  volumes: v.optional(paths),
  ports: v.optional(v.array(v.pipe(v.string(), v.regex(/^\d+(?:-\d+)?(?:\/(?:tcp|udp))?$/)))),
  env: v.optional(v.array(v.pipe(v.string(), v.includes("=")))),
  switches: v.optional(v.boolean()),
  needsRoot: v.optional(v.boolean()),
  writable: v.optional(v.array(v.pipe(v.string(), v.regex(/^\/[^\s{}()*]*$/, "one plain path")))),
  evidence: text,
  confidence: v.picklist(["dockerfile", "doc"]),
});
const tableSchema = v.record(
  v.pipe(v.string(), v.regex(/^[a-z0-9.-]+(?::\d+)?(?:\/[a-z0-9._*-]+)+$/, "a whole name without a tag")),
  v.pipe(v.array(row), v.minLength(1)),
);

const uidOf = (reference: string, account: string): number | undefined => {
  const accounts = lookUpKnownImage(reference)?.accounts;
  return accounts?.known === true ? accounts.value.passwd.find(({ name }) => name === account)?.uid : undefined;
};

describe("the table", () => {
  const parsed = v.safeParse(tableSchema, read("table.json"));

  test("every row has its shape, its source and its confidence", () => {
    expect(parsed.issues?.map((issue) => `${v.getDotPath(issue)}: ${issue.message}`) ?? []).toEqual([]);
  });

  test("several hundred images, in order", () => {
    const names = Object.keys(v.parse(tableSchema, read("table.json")));
    expect(names.length).toBeGreaterThan(500);
    expect(names).toEqual(names.toSorted((a, b) => (a < b ? -1 : 1)));
  });

  test("the account meant for applications is one of the accounts, and not root", () => {
    const wrong = Object.entries(v.parse(tableSchema, read("table.json"))).flatMap(([name, rows]) =>
      rows
        .filter(({ designated, accounts }) =>
          designated === undefined ? false : !accounts.some(([account, uid]) => account === designated && uid > 0),
        )
        .map(({ tags }) => `${name}:${tags.join(",")}`),
    );
    expect(wrong).toEqual([]);
  });

  test("the stock accounts of a family are passwd and group lines", () => {
    const stock = v.record(
      v.picklist(families),
      v.strictObject({
        evidence: text,
        passwd: v.array(v.pipe(v.string(), v.regex(/^[^:]+:[^:]*:\d+:\d+:[^:]*:[^:]*:[^:]*$/))),
        group: v.array(v.pipe(v.string(), v.regex(/^[^:]+:[^:]*:\d+:[^:]*$/))),
      }),
    );
    expect(v.safeParse(stock, read("stock.json")).issues).toBeUndefined();
  });
});

describe("who public images run as", () => {
  test.each([
    ["node:20", ""],
    ["python:3.12-slim", ""],
    ["golang:1.22-alpine", ""],
    ["nginx:1.27", ""],
    ["nginxinc/nginx-unprivileged:1.27", "101"],
    ["postgres:16", ""],
    ["redis:7-alpine", ""],
    ["memcached:1.6", "memcache"],
    ["jenkins/jenkins:lts", "jenkins"],
    ["eclipse-temurin:21-jre", ""],
    ["gcr.io/distroless/static-debian12:nonroot", "65532"],
    ["gcr.io/distroless/static-debian12", "0"],
    ["gcr.io/distroless/base-debian12:debug-nonroot", "65532"],
    ["gcr.io/distroless/java17-debian12:nonroot", "65532"],
    ["gcr.io/distroless/nodejs20-debian12", "0"],
    ["gcr.io/distroless/nodejs22-debian12:nonroot", "65532"],
    ["gcr.io/distroless/python3-debian12:nonroot-amd64", "65532"],
    ["gcr.io/distroless/static-debian11:nonroot", "65532"],
    ["gcr.io/distroless/java11-debian11:debug", "0"],
    ["openjdk:8-jdk", ""],
    ["openjdk:8-jre-alpine", ""],
    ["openjdk:17", ""],
    ["adoptopenjdk:11-jre-hotspot", ""],
    ["adoptopenjdk/openjdk11:alpine-jre", ""],
    ["hexpm/elixir:1.16.0-erlang-26.2.1-debian-bookworm-20231009-slim", ""],
    ["frolvlad/alpine-glibc", ""],
    ["mcr.microsoft.com/openjdk/jdk:17-ubuntu", ""],
    ["azul/zulu-openjdk-alpine:21", ""],
    ["bellsoft/liberica-openjdk-debian:17", ""],
    ["ghcr.io/graalvm/native-image-community:25", ""],
    ["mcr.microsoft.com/dotnet/aspnet:6.0", ""],
    ["mcr.microsoft.com/dotnet/aspnet:6.0-jammy-chiseled", "1654"],
    ["mcr.microsoft.com/dotnet/core/sdk:3.1", ""],
    ["mcr.microsoft.com/dotnet/sdk:8.0.404", ""],
    ["cgr.dev/chainguard/static", "65532"],
    ["registry.access.redhat.com/ubi9/nodejs-20", "1001"],
    ["registry.access.redhat.com/ubi9/openjdk-21", "185"],
    ["registry.redhat.io/ubi8/openjdk-11:1.20", "185"],
    ["registry.access.redhat.com/ubi8/python-39", "1001"],
    ["registry.access.redhat.com/ubi8/nodejs-16-minimal:1", "1001"],
    ["registry.access.redhat.com/ubi9/ubi-minimal:9.4", ""],
    ["bitnami/kubectl", "1001"],
    ["grafana/grafana:11.1.0", "472"],
    ["arm64v8/alpine:3.20", ""],
    ["haproxy:3.0-alpine", "haproxy"],
    ["haproxy:2.4", "haproxy"],
    ["haproxy:2.3", ""],
    ["haproxy:2.2.33-alpine", ""],
    ["haproxy:1.8", ""],
    ["centos:centos7", ""],
    ["composer:2", ""],
    ["pandoc/core:3.11-ubuntu", ""],
    ["condaforge/miniforge3", ""],
    ["nvidia/cuda:12.4.1-devel-ubuntu22.04", ""],
    ["nvcr.io/nvidia/cuda:12.4.1-base-ubi9", ""],
    ["ghcr.io/astral-sh/uv:0.9", ""],
    ["ghcr.io/astral-sh/uv:python3.12-bookworm-slim", ""],
  ])("%s: %j", (reference, user) => {
    expect(lookUpKnownImage(reference)?.user).toMatchObject({ known: true, value: user });
  });

  test.each([
    ["node:20", "node", 1000],
    ["nginx:1.27", "nginx", 101],
    ["mcr.microsoft.com/dotnet/aspnet:8.0", "app", 1654],
    ["gcr.io/distroless/static-debian12", "nonroot", 65532],
  ])("%s has %s (%i) for applications", (reference, name, uid) => {
    expect(lookUpKnownImage(reference)?.designatedUser).toMatchObject({ known: true, value: { name, uid } });
  });

  test.each([
    ["openjdk:8-jdk", "debian"],
    ["adoptopenjdk/openjdk8-openj9:alpine-slim", "alpine"],
    ["adoptopenjdk/openjdk11:ubi-minimal", "ubi-minimal"],
    ["adoptopenjdk:8-jdk", "ubuntu"],
    ["hexpm/erlang:26.2.1-alpine-3.19.0", "alpine"],
    ["openjdk:11.0.16", "debian"],
    ["openjdk:17-jdk", "oraclelinux"],
    ["openjdk:21", "oraclelinux"],
    ["openjdk:11-jre-slim", "debian"],
    ["openjdk:17-jdk-alpine", "alpine"],
    ["openjdk:17-oraclelinux8", "oraclelinux"],
    ["openjdk:17-jdk-bullseye", "debian"],
    ["openjdk:11-windowsservercore", "windows"],
    ["mcr.microsoft.com/dotnet/aspnet:6.0-alpine", "alpine"],
    ["mcr.microsoft.com/dotnet/aspnet:7.0.20-jammy-amd64", "ubuntu"],
    ["mcr.microsoft.com/dotnet/runtime:6.0-nanoserver-1809", "windows"],
    ["mcr.microsoft.com/dotnet/aspnet:8.0.11-noble", "ubuntu"],
    ["mcr.microsoft.com/dotnet/aspnet:8.0.11", "debian"],
    ["mcr.microsoft.com/dotnet/sdk:8.0.404-alpine3.20", "alpine"],
  ])("%s is of the family %s", (reference, family) => {
    expect(lookUpKnownImage(reference)?.family).toMatchObject({ value: family });
  });

  test.each(["mcr.microsoft.com/dotnet/aspnet:6.0-alpine", "mcr.microsoft.com/dotnet/aspnet:6.0-jammy"])(
    "%s has no account for applications: .NET 8 was the first",
    (reference) => {
      expect(lookUpKnownImage(reference)?.designatedUser).toMatchObject({ value: undefined });
    },
  );

  test("an image that nobody looked at is unknown, whoever its vendor is", () => {
    expect(lookUpKnownImage("cgr.dev/chainguard/no-such-image-here")).toBeUndefined();
    expect(lookUpKnownImage("docker.io/bitnami/no-such-image-here")).toBeUndefined();
    expect(lookUpKnownImage("registry.example.com/library/node:20")).toBeUndefined();
    expect(lookUpKnownImage("quay.io/someone/node:20")).toBeUndefined();
  });

  test("a user that is a name has no number where nobody wrote one down", () => {
    const { user } = lookUpKnownImage("curlimages/curl") ?? {};
    expect(user?.known === true && judgeConfigUser(user.value).verdict).toBe("symbolic");
  });

  test.each([
    ["ubuntu:24.04", 65534],
    ["fedora:42", 65534],
    ["rockylinux:9", 65534],
    ["centos:8", 65534],
    ["registry.access.redhat.com/ubi9/ubi-minimal", 65534],
    ["amazonlinux:2023", 65534],
    ["centos:7", 99],
    ["docker.elastic.co/logstash/logstash:7.10.1", 99],
  ])("nobody of %s is %i", (reference, uid) => {
    expect(uidOf(reference, "nobody")).toBe(uid);
  });

  test("an account that Debian's releases number differently has a number where the row says it", () => {
    expect(uidOf("debian:bookworm", "_apt")).toBe(42);
    expect(uidOf("debian:bullseye", "_apt")).toBeUndefined();
    expect(uidOf("python:3.9-bullseye", "_apt")).toBeUndefined();
  });

  test.each([
    ["quay.io/jupyter/scipy-notebook", "NB_UID=1000"],
    ["jupyter/base-notebook:2023-10-20", "NB_USER=jovyan"],
    ["mambaorg/micromamba:2.1.0", "MAMBA_USER=mambauser"],
    ["solr:9", "SOLR_UID=8983"],
    ["quay.io/operator-framework/ansible-operator:v1.36.1", "USER_UID=1001"],
  ])("%s sets %s, which a USER is made of", (reference, variable) => {
    expect(lookUpKnownImage(reference)?.config).toMatchObject({ value: { env: expect.arrayContaining([variable]) } });
  });

  test("a digest says nothing of the tag; the tag beside it does", () => {
    expect(lookUpKnownImage("alpine:3.20@sha256:0000")?.family).toMatchObject({ value: "alpine" });
    expect(lookUpKnownImage("gcr.io/distroless/static-debian12:nonroot@sha256:0000")?.user).toMatchObject({
      value: "65532",
    });
  });

  test("of a digest alone what holds for every tag is known", () => {
    const either = lookUpKnownImage("gcr.io/distroless/static-debian12@sha256:0000");
    expect(either?.user).toMatchObject({ known: false, why: expect.stringContaining("write the tag in front of it") });
    expect(either?.family).toMatchObject({ value: "distroless" });
    expect(either?.accounts).toMatchObject({
      value: {
        complete: true,
        passwd: expect.arrayContaining([expect.objectContaining({ name: "nonroot", uid: 65532 })]),
      },
    });
    const node = lookUpKnownImage("node@sha256:0000");
    expect(node?.user).toMatchObject({ value: "" });
    expect(node?.family).toMatchObject({ known: false });
    expect(node?.designatedUser).toMatchObject({ value: { name: "node", uid: 1000 } });
  });
});

test.each([
  ["docker.io/library/node", "docker.io/library/node"],
  ["registry-1.docker.io/library/node", "docker.io/library/node"],
  ["registry.hub.docker.com/node", "docker.io/library/node"],
  ["docker.io/arm64v8/alpine", "docker.io/library/alpine"],
  ["docker.io/amd64/node", "docker.io/library/node"],
  ["docker.io/arm64/node", "docker.io/arm64/node"],
  ["mirror.gcr.io/library/node", "docker.io/library/node"],
  ["mirror.gcr.io/node", "docker.io/library/node"],
  ["mirror.gcr.io/grafana/grafana", "docker.io/grafana/grafana"],
  ["docker.elastic.co/elasticsearch/elasticsearch", "docker.io/library/elasticsearch"],
  ["docker.elastic.co/elasticsearch/elasticsearch-wolfi", "docker.elastic.co/elasticsearch/elasticsearch-wolfi"],
  ["docker.elastic.co/beats/filebeat", "docker.elastic.co/beats/filebeat"],
  ["public.ecr.aws/docker/library/node", "docker.io/library/node"],
  ["public.ecr.aws/bitnami/redis", "docker.io/bitnami/redis"],
  ["docker.io/bitnamilegacy/redis", "docker.io/bitnami/redis"],
  ["registry.redhat.io/ubi9/nodejs-20", "registry.access.redhat.com/ubi9/nodejs-20"],
  ["registry.redhat.io/rhel9/postgresql-16", "registry.redhat.io/rhel9/postgresql-16"],
  ["docker.io/redhat/ubi9-minimal", "registry.access.redhat.com/ubi9-minimal"],
  ["quay.io/fedora/fedora", "docker.io/library/fedora"],
  ["public.ecr.aws/someone/node", "public.ecr.aws/someone/node"],
])("%s is known as %s", (name, first) => {
  expect(firstName(name)).toBe(first);
});

test.each(["node:20-alpine", "docker.io/node:20-alpine", "index.docker.io/library/node:20-alpine"])(
  "%s finds the row of the official image",
  (reference) => {
    expect(lookUpKnownImage(reference)?.family).toMatchObject({ known: true, value: "alpine" });
  },
);
