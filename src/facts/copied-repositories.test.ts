import { describe, expect, test } from "vitest";
import { contextOf, inputOf } from "../rules/test-kit.ts";
import { copiedRepositories } from "./copied-repositories.ts";

const repository = { ".git/HEAD": "ref: refs/heads/main\n" };
function askedIn(text: string, context: Readonly<Record<string, string>> = repository): readonly string[] {
  const { model, effects } = inputOf({ text, context });
  return copiedRepositories(model, effects, contextOf({ context })).flatMap(({ path, asked }) =>
    asked.map(({ at }) => `${path} ${at.instruction.startLine}`),
  );
}
/** With git, from line 2 on. */
const below = (...lines: readonly string[]): string =>
  ["FROM debian:12", "RUN apt-get install -y git make", "WORKDIR /src", ...lines, ""].join("\n");

describe("git is asked about what a COPY brings", () => {
  test.each([
    ["by itself", below("COPY . .", "RUN git describe > v"), "/src 5"],
    ["of a folder named", below("COPY . /w/", "RUN git -C /w describe > v"), "/w 5"],
    ["of .git alone", below("COPY .git ./.git", "RUN git rev-parse HEAD"), "/src 5"],
    ["in a folder below", below("COPY . .", "RUN cd cmd/a && git log -1"), "/src 5"],
    ["by go", below("COPY . .", "RUN go mod download", "RUN go build ./..."), "/src 6"],
    ["by go, whose image has it", "FROM golang:1.22\nWORKDIR /src\nCOPY . .\nRUN go install .\n", "/src 4"],
  ])("%s", (_, text, expected) => {
    expect(askedIn(text)).toEqual([expected]);
  });

  test.each([
    ["make", "Makefile"],
    ["make -j4 all", "GNUmakefile"],
    ["./build.sh", "build.sh"],
    ["sh ci/build.sh", "ci/build.sh"],
  ])("by a file of the context: %s", (command, file) => {
    const text = below("COPY . .", `RUN ${command}`);
    const asks = "V := $(shell git --no-pager describe --tags)\n";
    expect(askedIn(text, { ...repository, [file]: asks })).toEqual(["/src 5"]);
    expect(askedIn(text, { ...repository, [file]: "echo git is a program\n" })).toEqual([]);
    expect(askedIn(text.replace(" git make", " make"), { ...repository, [file]: asks })).toEqual([]);
  });
});

test.each([
  ["nothing asks", below("COPY . .", "RUN make", "RUN git --version", "RUN git config --global user.name a")],
  ["it is asked before", below("RUN git log", "COPY . .")],
  ["it is asked elsewhere", below("COPY . .", "RUN cd /opt && git log")],
  ["another repository is made", below("COPY . .", "RUN git clone https://e.com/x /x")],
  ["it comes from another stage", below("COPY --from=b . .", "RUN git log").replace("FROM", "FROM alpine AS b\nFROM")],
  ["its author told git", below("COPY . .", "RUN git config --system --add safe.directory /src && git log")],
  [
    "go is told not to",
    below("COPY . .", "RUN go build -buildvcs=false .", "ENV GOFLAGS=-buildvcs=false", "RUN go build"),
  ],
  ["go has none", "FROM golang:1.22-alpine\nWORKDIR /src\nCOPY . .\nRUN go build .\n"],
  ["only a folder of it is copied", below("COPY src .", "RUN git log || true")],
])("nothing is found: %s", (_, text) => {
  expect(askedIn(text)).toEqual([]);
});

test("a context without a repository has none", () => {
  expect(askedIn(below("COPY . .", "RUN git log"), { Makefile: "" })).toEqual([]);
});
