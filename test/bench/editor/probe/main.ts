/**
 * An extension that stands beside Parley in the extension host and tells the bench what only the inside knows: times,
 * processor time and memory of that process, and what a panel with nothing in it costs. It ships nowhere.
 */
import { createRequire } from "node:module";
import { connect } from "node:net";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import * as vscode from "vscode";
import { createMessageConnection, SocketMessageReader, SocketMessageWriter } from "vscode-jsonrpc/node";
import { EXTENSION_ID } from "../../../../extension/ids.ts";
import { type Activation, EMPTY_PANEL, type Memory, SOCKET } from "./contract.ts";

export function activate(context: vscode.ExtensionContext): void {
  const activation = watchActivation();
  const show = "parleyBench.emptyPanel";
  const item = vscode.window.createStatusBarItem(vscode.StatusBarAlignment.Left);
  item.text = EMPTY_PANEL;
  item.command = show;
  item.show();
  context.subscriptions.push(item, vscode.commands.registerCommand(show, showEmptyPanel));

  const socket = connect(process.env[SOCKET] ?? "");
  const connection = createMessageConnection(
    new SocketMessageReader(socket),
    new SocketMessageWriter(socket),
  );
  connection.onRequest("activation", () => activation);
  connection.onRequest("memory", memory);
  connection.onRequest("cpu", () => cpuMs());
  connection.listen();
}

/**
 * VS Code's own record is of wall time, on a machine that is busy starting an editor. So the probe, which is active
 * before Parley, stands in the way of its loading, and measures what VS Code does: it requires it, then calls it.
 */
function watchActivation(): Promise<Activation> {
  const loader: { _load(request: string, ...rest: unknown[]): unknown } = createRequire(__filename)("module");
  const load = loader._load;
  return new Promise((done) => {
    loader._load = function (this: unknown, request, ...rest) {
      if (!request.includes(EXTENSION_ID) || !request.endsWith("extension.cjs"))
        return load.call(this, request, ...rest);
      loader._load = load;
      const loading = timed(() => load.call(this, request, ...rest) as ExtensionCode);
      return {
        ...loading.result,
        activate(of: vscode.ExtensionContext) {
          const call = timed(() => loading.result.activate(of));
          done({ wallMs: loading.wallMs + call.wallMs, cpuMs: loading.cpuMs + call.cpuMs });
          return call.result;
        },
      };
    };
  });
}

interface ExtensionCode {
  activate(context: vscode.ExtensionContext): unknown;
}

function timed<T>(work: () => T): Activation & { readonly result: T } {
  const [cpuBefore, before] = [cpuMs(), performance.now()];
  const result = work();
  return { result, wallMs: performance.now() - before, cpuMs: cpuMs() - cpuBefore };
}

function cpuMs(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
}

function memory(): Memory {
  setFlagsFromString("--expose-gc");
  const collect: unknown = runInNewContext("gc");
  if (typeof collect === "function") collect();
  const { rss, heapUsed } = process.memoryUsage();
  return { rssBytes: rss, heapBytes: heapUsed };
}

function showEmptyPanel(): void {
  const panel = vscode.window.createWebviewPanel("parleyBench.empty", EMPTY_PANEL, vscode.ViewColumn.Active, {
    enableScripts: true,
  });
  panel.webview.html = `<!DOCTYPE html><div id="parley"><p class="message">nothing</p></div>`;
}
