/** Converts parcels to what the page shows. */
import type { AttachedFile, Parcel } from "../../../../messenger/model.ts";
import type { HostMessage } from "../../../contract/panel.ts";
import { codeHelp, errorHelp, isErrorCode } from "../../error-text.ts";
import type { Translate } from "../../translate.ts";

type Files = Extract<HostMessage, { type: "files" }>;

/** @returns the files that are attached to the draft */
export function shownDraft(parcels: readonly Parcel[]): Files["draft"] {
  const draft = parcels.find(({ stage }) => stage === "open");
  if (draft === undefined || draft.files.length === 0) return undefined;
  const files = draft.files.map(({ copy, name, bytes, description, metadata, picture }) => ({
    ...{ copy, name, bytes, description, metadata },
    previewed: (picture?.preview ?? "") !== "",
  }));
  return { id: draft.id, files };
}

/** @returns the parcels on their way, and those that have failed. @param peer the other person */
export function sendingOf(parcels: readonly Parcel[], peer: string, t: Translate): Files["sending"] {
  return parcels
    .filter(({ stage }) => stage !== "open")
    .map(({ id, stage, failure = "", files }) => ({
      ...{ id, names: files.map(({ name }) => name), done: shareDone(files) },
      ...(stage === "failed" && {
        failureText: isErrorCode(failure)
          ? codeHelp(failure, t, { peer }).text
          : errorHelp(undefined, t).text,
      }),
    }));
}

/** @returns how much of all bytes the server has, 0 to 1 */
export function shareDone(files: readonly Pick<AttachedFile, "bytes" | "done">[]): number {
  const all = files.reduce((sum, { bytes }) => sum + bytes, 0);
  return all === 0 ? 0 : files.reduce((sum, { bytes, done }) => sum + bytes * done, 0) / all;
}
