/**
 * Names of languages after a fence. The list is separate from the script that colours code, which the page loads later. Any other word
 * there may be a command or a file name, so it is shown with the code.
 */

/** Coloured languages: highlight.js's names and aliases (a test compares the two). */
const COLOURED =
  "bash sh zsh c h cpp cc c++ h++ hpp hh hxx cxx csharp cs c# css diff patch dockerfile docker go golang ini toml java jsp " +
  "javascript js jsx mjs cjs json jsonc json5 kotlin kt kts ktm ktx markdown md mkdown mkd php powershell pwsh ps ps1 python py " +
  "gyp ipython ruby rb gemspec podspec thor irb rust rs sql swift typescript ts tsx mts cts xml html xhtml rss atom xjb xsd xsl " +
  "plist wsf svg yaml yml";
/** Languages that are shown as a label and not coloured. */
const PLAIN =
  "ada asciidoc asm assembly astro awk bat batch bicep bibtex cfg clj clojure cmake cmd cobol coffeescript conf console coq csv " +
  "cuda cypher d dart dotenv dot ebnf editorconfig elisp elixir elm emacs env erl erlang ex exs f90 fish fortran fs fsharp gherkin " +
  "git gitignore gleam glsl gql gradle graphql graphviz groovy haml handlebars haskell haxe hbs hcl hlsl hs http http-request " +
  "java-properties jinja jl jq julia just latex lean less lisp liquid log logs lua make makefile matlab mermaid meson mk mustache " +
  "nasm nginx nim nix none nu objc objective-c objectivec ocaml octave output pascal patch perl pl plain plaintext plantuml pony " +
  "postgres powerquery prisma prolog properties proto protobuf pug puml purescript py3 python3 q r racket rake raku razor rego re " +
  "reason regex requirements rescript robot rst sass scala scheme scss sed shell shell-session shellscript smalltalk solidity sol " +
  "sparql stylus svelte systemd tcl terraform tex text textile tf tsv txt vb vbnet verilog vhdl vim viml vimscript vue wasm wat " +
  "wgsl xquery zig";

export const COLOURED_LANGUAGES: ReadonlySet<string> = new Set(COLOURED.split(" "));
const known: ReadonlySet<string> = new Set([...COLOURED_LANGUAGES, ...PLAIN.split(" ")]);

/** @returns whether a word after a fence is the name of a language */
export function isLanguageName(word: string): boolean {
  return known.has(word.toLowerCase());
}
