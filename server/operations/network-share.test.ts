import assert from "node:assert/strict";
import { tmpdir } from "node:os";
import { type FileSystem, isOnNetwork, isShare } from "./network-share.ts";

const SHARES = [
  "\\\\server\\share",
  "\\\\server\\share\\parley\\data",
  "//server/share",
  "\\\\10.0.0.5\\c$\\data",
  "\\\\?\\UNC\\server\\share\\data",
  "\\\\?\\unc\\server\\share",
  "\\\\.\\UNC\\server\\share",
  "\\\\wsl.localhost\\Debian\\home",
];
const OWN = [
  "C:\\Users\\Jane Doe\\AppData\\Local",
  "c:/data",
  "\\\\?\\C:\\data",
  "\\\\.\\C:\\data",
  "\\data",
  "data",
  "",
];

function system(platform: NodeJS.Platform, real: string, type = 0xef53): FileSystem {
  return { platform, realpath: async () => real, statfs: async () => ({ type }) };
}

describe("a folder on a network share", () => {
  it("is recognized by its path on Windows, in every form of such a path", () => {
    for (const path of SHARES) assert.equal(isShare(path), true, path);
    for (const path of OWN) assert.equal(isShare(path), false, path);
  });

  it("is recognized behind a drive letter", async () => {
    assert.equal(await isOnNetwork("Z:\\parley", system("win32", "\\\\server\\team\\parley")), true);
    assert.equal(await isOnNetwork("D:\\parley", system("win32", "D:\\parley")), false);
    assert.equal(await isOnNetwork("\\\\server\\team", system("win32", "D:\\elsewhere")), true);
  });

  it("is recognized by its file system on Linux, with a number of either sign", async () => {
    for (const type of [0x6969, 0xff534d42, 0xff534d42 | 0, 0xfe534d42, 0x00c36400])
      assert.equal(await isOnNetwork("/srv/parley", system("linux", "/", type)), true, type.toString(16));
    for (const type of [0xef53, 0x01021994, 0x9123683e, 0x58465342, 0x794c7630, 0x65735546])
      assert.equal(await isOnNetwork("/srv/parley", system("linux", "/", type)), false, type.toString(16));
  });

  it("is not reported for these tests' own folder, whether it exists or not", async () => {
    assert.equal(await isOnNetwork(tmpdir()), false);
    assert.equal(await isOnNetwork(`${tmpdir()}/no/such/folder`), false);
  });
});
