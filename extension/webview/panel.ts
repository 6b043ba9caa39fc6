/** The whole page: passes the extension's messages to the parts. It has no data that the extension lacks. */
import { html, render } from "lit/html.js";
import { visible } from "../../messenger/text/hidden-characters.ts";
import type { HostMessage, PanelHeader } from "../contract/panel.ts";
import { Announcer } from "./announcer.ts";
import { Attachments } from "./attachments.ts";
import { bannerFor, bannerView } from "./banner.ts";
import { Composer } from "./composer.ts";
import { EmojiPicker } from "./emoji-picker.ts";
import { FileDesk } from "./files/file-desk.ts";
import { Viewer } from "./files/viewer.ts";
import { FocusKeeper } from "./focus.ts";
import { FocusReporter } from "./focus-report.ts";
import { headerView } from "./header.ts";
import type { Host } from "./host.ts";
import { MessageLog } from "./log.ts";
import { Menu } from "./menu.ts";
import { usePersonColor } from "./person.ts";
import { PlaceReporter } from "./place.ts";
import { SafetySheet } from "./safety.ts";
import { strings } from "./strings.ts";
import { TypingLine } from "./typing.ts";
import { VersionsSheet } from "./versions.ts";
import { acceptFiles } from "./ways-in.ts";

/** The class of a page in the side bar, for styles. */
const IN_SIDE_BAR = "in-side-bar";

type Page = Extract<HostMessage, { type: "page" }>;

export class Panel {
  readonly #host: Host;
  readonly #root: HTMLElement;
  readonly #top: HTMLElement;
  readonly #notice: HTMLElement;
  readonly #menu: Menu;
  readonly #announcer: Announcer;
  readonly #log: MessageLog;
  readonly #files: FileDesk;
  readonly #composer: Composer;
  readonly #attachments: Attachments;
  readonly #safety: SafetySheet;
  readonly #focus: FocusKeeper;
  readonly #versions: VersionsSheet;
  readonly #place: PlaceReporter;
  readonly #focusReport: FocusReporter;
  readonly #typing: TypingLine;
  #trust: PanelHeader["trust"] | undefined;
  #peer = "";
  #bannerText: string | undefined;

  constructor(root: HTMLElement, host: Host) {
    this.#host = host;
    this.#root = root;
    render(
      html`<header class="top"></header>
        <div class="notice"></div>
        <main class="middle">
          <div class="log" role="log" aria-live="off"></div>
          <div class="typing" aria-hidden="true"></div>
          <div class="pill-place"></div>
        </main>
        <section class="files-out" aria-label=${strings.attachedFiles}></section>
        <footer class="composer" aria-label=${strings.writing}></footer>
        <div class="menu-place"></div>
        <div class="picker-place"></div>
        <div class="safety-place"></div>
        <div class="versions-place"></div>
        <div class="viewer-place"></div>
        <div class="spoken live" role="status" aria-live="polite"></div>`,
      root,
    );
    this.#top = part(root, ".top");
    this.#notice = part(root, ".notice");
    this.#menu = new Menu(part(root, ".menu-place"));
    this.#safety = new SafetySheet(part(root, ".safety-place"), host);
    this.#versions = new VersionsSheet(part(root, ".versions-place"));
    this.#announcer = new Announcer(part(root, ".live"));
    const announce = (text: string) => this.#announcer.say(text);
    this.#typing = new TypingLine(part(root, ".typing"), announce);
    this.#attachments = new Attachments(part(root, ".files-out"), {
      host,
      announce,
      changed: () => this.#composer.filesChanged(),
      focusComposer: () => this.#home()?.focus(),
    });
    acceptFiles(this.#attachments, root);
    this.#composer = new Composer(part(root, ".composer"), {
      host,
      announce,
      attachments: this.#attachments,
      toLastOwn: () => this.#log.toLastOwn(),
      editable: () => this.#log.editable,
      quoteOf: (id) => this.#log.quoteOf(id),
    });
    this.#files = new FileDesk({
      ...{ host, announce },
      viewer: new Viewer(part(root, ".viewer-place")),
      redraw: () => this.#log.renderSoon(),
    });
    this.#log = new MessageLog({
      files: this.#files,
      list: part(root, ".log"),
      pill: part(root, ".pill-place"),
      host,
      menu: this.#menu,
      picker: new EmojiPicker(part(root, ".picker-place")),
      announce,
      reply: (message) => this.#composer.reply(message),
      edit: (message) => this.#composer.edit(message),
      moved: () => this.#place.moved(),
      focusComposer: () => this.#home()?.focus(),
    });
    this.#place = new PlaceReporter(host, () => {
      const { place } = this.#log;
      const { cursor } = this.#composer;
      return place && { ...place, ...(cursor !== undefined && { cursor }) };
    });
    this.#focusReport = new FocusReporter(host, () => document.body.classList.contains(IN_SIDE_BAR));
    this.#focus = new FocusKeeper({
      root,
      home: () => this.#home(),
      escaped: () => this.#log.toNewest(),
    });
  }

  take(message: HostMessage): void {
    switch (message.type) {
      case "header":
        this.#header(message.header);
        return;
      case "page":
        this.#page(message);
        return;
      case "added":
        this.#attachments.arrived(message.message.id);
        if (this.#log.add(message.message))
          this.#announcer.messageArrived(message.message, visible(this.#peer));
        return;
      case "updated":
        this.#log.change(message.message);
        this.#composer.redraw();
        return;
      case "removed":
        this.#log.remove(message.ids);
        return;
      case "draft":
        this.#composer.restore(message.text, message.aim);
        return;
      case "taken":
        this.#composer.taken(message.id);
        return;
      case "refused":
        this.#composer.refused(message.ids, message.text);
        return;
      case "files":
      case "filesProgress":
      case "pieceTaken":
      case "notAttached":
      case "attachedPicture":
        this.#attachments.take(message);
        return;
      case "focusComposer":
        this.#home()?.focus();
        return;
      case "lendFocus":
        this.#focus.lend(message.soon, (had) => this.#host.post({ type: "lent", had }));
        return;
      case "returnFocus":
        this.#focus.takeBack();
        return;
      case "keysWork":
        this.#focusReport.keysWork(message.turn);
        return;
      case "typing":
        this.#typing.show(message.typing, visible(this.#peer));
        return;
      case "quoted":
        this.#log.takeQuotes(message.ids, message.messages);
        this.#composer.redraw();
        return;
      case "begin":
        this.#log.begin(message.action, message.id);
        return;
      case "versions":
        this.#versions.show(message, visible(this.#peer));
        return;
      case "place":
        this.#log.returnTo(message.place);
        this.#composer.returnTo(message.place);
        return;
      case "report":
        this.#composer.reportDraft();
        this.#place.report();
        this.#host.post({ type: "reported" });
        return;
      case "safety":
        this.#safety.show(message.safety, visible(this.#peer));
        return;
      case "fetched":
        this.#files.fetched(message);
        return;
      case "fileFailed":
        this.#files.failed(message);
        return;
      case "picturePart":
        this.#files.pictures.take(message);
        return;
      case "noPicture":
        this.#files.pictures.takeNone(message, message.why);
    }
  }

  /** Returns the element for the focus: the message box or, if the user cannot write, the banner that explains why. */
  #home(): HTMLElement | null {
    return (
      this.#root.querySelector<HTMLElement>("textarea[aria-disabled=false]") ??
      this.#notice.querySelector(".banner")
    );
  }

  #page(page: Page): void {
    switch (page.place) {
      case "replace":
        this.#log.replace(page.messages, page);
        return;
      case "prepend":
        this.#log.prepend(page.messages, page.hasOlder);
        return;
      case "append":
        this.#log.append(page.messages, page.hasNewer);
    }
  }

  #header(header: PanelHeader): void {
    if (header.peer !== this.#peer) this.#host.remember({ chat: header.chat });
    this.#peer = header.peer;
    document.body.classList.toggle(IN_SIDE_BAR, header.shownIn === "sideBar");
    render(headerView(header, { host: this.#host, menu: this.#menu }), this.#top);
    this.#top.setAttribute("aria-label", strings.header(visible(header.peer)));
    usePersonColor(this.#root, header.profile?.color ?? 0);
    const banner = bannerFor(header);
    render(bannerView(banner, this.#host), this.#notice);
    this.#attachments.update(header);
    this.#composer.update(header);
    this.#log.update(header);
    if (header.phase !== "open") this.#typing.show(false, "");
    if (banner !== undefined && this.#bannerText !== undefined && banner.text !== this.#bannerText)
      this.#announcer.say(banner.note === undefined ? banner.text : `${banner.text} ${banner.note}`);
    this.#bannerText = banner?.text ?? "";
    this.#trusted(header);
  }

  /** Closes the safety number when it becomes outdated because the key has changed. */
  #trusted({ trust, peer }: PanelHeader): void {
    if (trust === "changed") this.#safety.close();
    if (trust === "verified" && this.#trust === "pinned")
      this.#announcer.say(strings.nowVerified(visible(peer)));
    this.#trust = trust;
  }
}

function part(root: HTMLElement, selector: string): HTMLElement {
  const element = root.querySelector<HTMLElement>(selector);
  if (element === null) throw new Error(`The page has no ${selector}`);
  return element;
}
