/**
 * An extension that runs beside Parley in the extension host and measures from the inside: times, processor time and
 * memory of that process, and the cost of an empty panel. It is not shipped.
 */
import { createRequire } from "node:module";
import { connect } from "node:net";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import * as vscode from "vscode";
import { createMessageConnection, SocketMessageReader, SocketMessageWriter } from "vscode-jsonrpc/node";
import type { ParleyApi, ParleyExtension } from "../../../../extension/api/parley.d.ts";
import { EXTENSION_ID } from "../../../../extension/ids.ts";
import { EMPTY_PANEL, type Memory, SOCKET, type Took } from "./contract.ts";

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
  connection.onRequest("activation", async () => (await activation).took);
  connection.onRequest("online", async () => (await activation).online);
  connection.onRequest("memory", memory);
  connection.onRequest("cpu", () => cpuMs());
  connection.listen();
}

/**
 * Measures activation. VS Code's own figures are wall time, on a machine that is busy starting an editor. So
 * the probe, which is active before Parley, intercepts its loading and measures VS Code's steps: requires it,
 * then calls it.
 */
function watchActivation(): Promise<{ readonly took: Took; readonly online: Promise<Took> }> {
  const loader: { _load(request: string, ...rest: unknown[]): unknown } = createRequire(__filename)("module");
  const load = loader._load;
  return new Promise((done) => {
    loader._load = function (this: unknown, request, ...rest) {
      if (!request.includes(EXTENSION_ID) || !request.endsWith("extension.cjs"))
        return load.call(this, request, ...rest);
      loader._load = load;
      const whole = stopwatch();
      const loading = timed(() => load.call(this, request, ...rest) as ExtensionCode);
      return {
        ...loading.result,
        activate(of: vscode.ExtensionContext) {
          const call = timed(() => loading.result.activate(of));
          const took = { wallMs: loading.wallMs + call.wallMs, cpuMs: loading.cpuMs + call.cpuMs };
          done({ took, online: whenOnline(call.result.getApi(1)).then(whole) });
          return call.result;
        },
      };
    };
  });
}

function whenOnline(parley: ParleyApi): Promise<void> {
  return new Promise((done) => {
    const look = () => {
      if (parley.state === "online") done();
    };
    parley.onDidChangeState(look);
    look();
  });
}

interface ExtensionCode {
  activate(context: vscode.ExtensionContext): ParleyExtension;
}

function timed<T>(work: () => T): Took & { readonly result: T } {
  const took = stopwatch();
  const result = work();
  return { result, ...took() };
}

/**
 * Starts a stopwatch.
 * @returns a function that returns the time since this call
 */
function stopwatch(): () => Took {
  const [cpuBefore, before] = [cpuMs(), performance.now()];
  return () => ({ wallMs: performance.now() - before, cpuMs: cpuMs() - cpuBefore });
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
