/** Posts messages to the extension, typed by the contract: the page's only output. */
import type { PageMessage, PagePost } from "../contract/page-message.ts";

export interface Host {
  post(message: PageMessage): void;
  /** Stores the chat's id, so that VS Code can restore the panel after a reload. The page stores nothing else. */
  remember(state: { readonly chat: string }): void;
}

/** Provided by VS Code in every webview. It can be called only once. */
declare function acquireVsCodeApi(): {
  postMessage(message: unknown): void;
  setState(state: unknown): void;
};

/** @param page the page's id, which each post carries */
export function connectHost(page: string): Host {
  const api = acquireVsCodeApi();
  return {
    post: (message) => api.postMessage({ page, message } satisfies PagePost),
    remember: (state) => api.setState(state),
  };
}
