import { expect, test } from "vitest";
import { found, testRule } from "../test-kit.ts";
import { rule } from "./rule.ts";

testRule(rule, {
  valid: [
    ...["windows-1.2", "windows-18091", "windows-gnu", "windows-2000"].map((tag) => ({
      name: `another number behind the word in the tag ${tag}`,
      text: `FROM example.com/tool:${tag}\nUSER 1:1\n`,
    })),
    { name: "Linux", text: "FROM alpine:3.20\nUSER 1:1\n" },
    {
      name: "Windows in a builder stage",
      text: "FROM mcr.microsoft.com/windows/servercore:ltsc2022 AS b\nFROM alpine:3.20\nUSER 1:1\n",
    },
  ],
  invalid: [
    { name: "Server Core", text: "FROM mcr.microsoft.com/windows/servercore:ltsc2022\nRUN dir\n", lines: [1] },
    { name: "Windows itself", text: "FROM mcr.microsoft.com/windows:ltsc2019\nRUN dir\n", lines: [1] },
    ...["windows-1809-amd64", "linux-windows1909", "1.2-windows-20h2"].map((tag) => ({
      name: `a release of Windows in the tag ${tag}`,
      text: `FROM example.com/tool:${tag}\nRUN dir\n`,
      lines: [1],
    })),
    { name: "Windows Server", text: "FROM mcr.microsoft.com/windows/server:ltsc2022\nRUN dir\n", lines: [1] },
    {
      name: "a tag",
      text: "FROM mcr.microsoft.com/dotnet/framework/aspnet:4.8-windowsservercore-ltsc2022\nRUN dir\n",
      lines: [1],
    },
    { name: ".NET Framework", text: "FROM mcr.microsoft.com/dotnet/framework/aspnet:4.8\nRUN dir\n", lines: [1] },
    { name: "a platform", text: "FROM --platform=windows/amd64 example.com/app:1\nRUN dir\n", lines: [1] },
    {
      name: "by way of a stage",
      text: "FROM mcr.microsoft.com/windows/nanoserver:ltsc2022 AS p\nFROM p\nUSER ContainerUser\n",
      lines: [2],
    },
  ],
});

test("nothing else is said of a Windows image", () => {
  expect(
    found({ text: "# escape=`\nFROM mcr.microsoft.com/windows/nanoserver:ltsc2022\nUSER ContainerUser\nEXPOSE 80\n" }),
  ).toEqual(["windows-image:2"]);
});
