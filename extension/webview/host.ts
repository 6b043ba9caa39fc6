/** Posts messages to the extension, typed by the contract: the page's only output. */
import type { PageMessage } from "../contract/page-message.ts";

export interface Host {
  post(message: PageMessage): void;
  /** Lets VS Code find this panel's chat again after a reload. Nothing else is kept in the page. */
  remember(state: { readonly chat: string }): void;
}

/** Given to every webview by VS Code, once. */
declare function acquireVsCodeApi(): {
  postMessage(message: unknown): void;
  setState(state: unknown): void;
};

export function connectHost(): Host {
  const api = acquireVsCodeApi();
  return {
    post: (message) => api.postMessage(message),
    remember: (state) => api.setState(state),
  };
}
