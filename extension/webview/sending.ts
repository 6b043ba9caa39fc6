/** The row of files on their way to the server, below the messages. */
import { html, nothing, type TemplateResult } from "lit/html.js";
import { shownFileName } from "../../messenger/text/file-name.ts";
import type { HostMessage } from "../contract/panel.ts";
import type { Host } from "./host.ts";
import { icons } from "./icons.ts";
import { strings } from "./strings.ts";

export type Sending = Extract<HostMessage, { type: "files" }>["sending"][number];

interface Parts {
  readonly host: Host;
  readonly announce: (text: string) => void;
  readonly focusComposer: () => void;
  readonly connected: boolean;
}

export function sendingView(sending: Sending, parts: Parts): TemplateResult {
  const { id, done, failureText } = sending;
  const { host, announce, focusComposer, connected } = parts;
  const names = namesOf(sending);
  const failed = failureText !== undefined;
  const cancel = () => {
    host.post({ type: "cancelFiles", parcel: id });
    announce(strings.filesCancelled(names));
    focusComposer();
  };
  const retry = () => {
    host.post({ type: "resendFiles", parcel: id });
    focusComposer();
  };
  return html`<div class=${failed ? "sending-files failed" : "sending-files"} role="group" aria-label=${names}>
    ${failed ? icons.failed : icons.sending}
    <span class="sending-text">${textOf(names, sending, connected)}</span>
    <span class="sending-actions">
      ${failed ? html`<button type="button" class="secondary" @click=${retry}>${strings.retry}</button>` : nothing}
      <button type="button" class="secondary" @click=${cancel}>
        ${failed ? strings.removeFiles : strings.cancel}
      </button>
    </span>
    ${
      failed
        ? nothing
        : html`<progress aria-label=${strings.filesSending(names)} max="1" .value=${done}></progress>`
    }
  </div>`;
}

function textOf(names: string, { done, failureText }: Sending, connected: boolean): string {
  if (failureText !== undefined) return strings.filesFailed(names, failureText);
  return connected ? strings.filesProgress(names, done) : strings.filesWaiting(names);
}

/** Returns the names of files on their way, such as "plan.pdf and 2 more". */
export function namesOf({ names }: Sending): string {
  const [first = "", ...others] = names;
  return others.length === 0 ? shownFileName(first) : strings.andMore(shownFileName(first), others.length);
}
