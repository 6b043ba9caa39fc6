export { type Translate, untranslated } from "../../messenger/kinds/translate.ts";
