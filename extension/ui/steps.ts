/** Asks one question of a sequence, with its number and a Back button. */
import * as vscode from "vscode";
import { type Answer, BACK } from "./step-order.ts";

export interface Heading {
  readonly title: string;
  /** Number of the question, from 1. The first has no Back button unless `back` is set. */
  readonly step?: number;
  readonly totalSteps?: number;
  readonly back?: boolean;
}

export interface TextQuestion {
  readonly prompt: string;
  readonly placeholder?: string;
  readonly value?: string;
  readonly password?: boolean;
  /** @returns an error for the input, or a message that still allows it */
  readonly validate?: (
    value: string,
  ) =>
    | Promise<string | vscode.InputBoxValidationMessage | undefined>
    | string
    | vscode.InputBoxValidationMessage
    | undefined;
}

/** @returns the input, never empty */
export function askText(heading: Heading, question: TextQuestion): Promise<Answer<string>> {
  const box = vscode.window.createInputBox();
  const { prompt, placeholder = "", value = "", password = false, validate = () => undefined } = question;
  Object.assign(box, { prompt, placeholder, value, password });
  const judge = async (typed: string) => {
    const problem = typed === "" ? undefined : await validate(typed);
    if (box.value === typed) box.validationMessage = problem;
    return typeof problem === "string" || problem?.severity === vscode.InputBoxValidationSeverity.Error;
  };
  box.onDidChangeValue(judge);
  return answered(box, heading, async (take) => {
    const typed = box.value;
    if (typed !== "" && !(await judge(typed))) take(typed);
  });
}

/** Asks the user to choose an item. @param chosen the initial choice */
export function askChoice<Item extends vscode.QuickPickItem>(
  heading: Heading,
  items: readonly Item[],
  placeholder: string,
  chosen?: Item,
): Promise<Answer<Item>> {
  const pick = vscode.window.createQuickPick<Item>();
  Object.assign(pick, { items, placeholder });
  if (chosen !== undefined) pick.activeItems = [chosen];
  return answered(pick, heading, (take) => {
    const [item] = pick.selectedItems;
    if (item !== undefined) take(item);
  });
}

type Asking = vscode.InputBox | vscode.QuickPick<vscode.QuickPickItem>;

/** Shows the input. @param accept called on Enter; calls `take` with the answer if it is valid */
function answered<Value>(
  asking: Pick<vscode.QuickInput, Exclude<keyof vscode.QuickInput, "onDidHide">> &
    Pick<Asking, "buttons" | "onDidAccept" | "onDidTriggerButton" | "onDidHide">,
  { title, step, totalSteps, back = step !== undefined && step > 1 }: Heading,
  accept: (take: (value: Value) => void) => Promise<void> | void,
): Promise<Answer<Value>> {
  const { Back } = vscode.QuickInputButtons;
  Object.assign(asking, { title, step, totalSteps, ignoreFocusOut: true });
  if (back) asking.buttons = [Back];
  return new Promise((resolve) => {
    const done = (answer: Answer<Value>) => {
      resolve(answer);
      asking.dispose();
    };
    asking.onDidAccept(() => void accept(done));
    asking.onDidTriggerButton((button) => {
      if (button === Back) done(BACK);
    });
    asking.onDidHide(() => done(undefined));
    asking.show();
  });
}
