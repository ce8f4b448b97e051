// Which mail programs do not understand a part of the mails, by the data of caniemail.com.
//
// usage: node lint.js FOLDER
//
// FOLDER is what `kindred mail preview` has written. A mail may only use what all programs know, and what is listed here
// with what happens without it.

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

import { caniemail } from "caniemail";

const FAMILIES = "aol apple-mail fastmail gmail gmx hey ionos-1and1 outlook protonmail samsung-email t-online-de thunderbird web-de yahoo";

// What happens in programs without it.
const WITHOUT = {
  "!important keyword": "the mail is light, and as wide as on a desktop",
  "<body> element": "the color of the page is that of the outer table",
  "<img> element": "the name of the product stands for the logo",
  "<style> element": "the mail is light, and as wide as on a desktop",
  "@media": "the mail is light, and as wide as on a desktop",
  "Attribute selector": "Outlook's own dark mode colors the mail",
  "Class selector": "only used in the style element",
  "Descendant combinator": "only used in the style element",
  "Type selector": "only used in the style element",
  "HTML comments": "they are for Outlook, which knows them",
  "align attribute": "text-align or the direction of the language says the same",
  background: "background-color and bgcolor say the same",
  "background-color": "the mail has no colored page",
  border: "there is no hairline",
  "border-collapse": "it is the default",
  "border-radius": "corners are square; Outlook draws the button by VML",
  "cellpadding attribute": "cells have their own padding",
  "cellspacing attribute": "there is space of 2 px between cells",
  "color-scheme meta tag": "the program colors the mail by itself",
  "dir attribute": "the program decides by the text",
  display: "the button is as wide as its cell",
  "display:none": "the preheader is seen above the mail",
  "font-size": "text has the size of the program",
  "font-weight": "the headline is bold",
  "height attribute": "the logo has its own size",
  "height property": "the logo has its own size",
  "lang attribute": "a screen reader guesses the language",
  "letter-spacing": "the headline is a trifle wider",
  "line-height": "lines have the height of the program",
  margin: "paragraphs have the space of the program",
  "max-height property": "the preheader is hidden by `display` or `mso-hide`",
  "max-width": "a table of 600 px around it has the width",
  overflow: "the preheader is hidden by `display` or `mso-hide`",
  padding: "cells, which have it, keep it",
  "role attribute": "a screen reader may call the layout a table",
  "system-ui, ui-serif, ui-sans-serif, ui-rounded, ui-monospace": "the next font of the list is used",
  "text-align": "align says the same",
  "text-decoration": "links are underlined",
  "width attribute": "labels are as wide as their text",
  "width property": "labels are as wide as their text",
  "word-break": "a long link makes the mail wider",
};

const [folder] = process.argv.slice(2);
const files = readdirSync(folder, { recursive: true }).filter((file) => file.endsWith(".html"));
if (!files.length) throw new Error(`no mails in ${folder}`);

const data = JSON.parse(readFileSync(new URL(import.meta.resolve("caniemail/caniemail.json")), "utf8"));
const clients = new Set();
for (const { stats } of data.data) {
  for (const family of FAMILIES.split(" ")) {
    for (const platform of Object.keys(stats[family] ?? {})) clients.add(`${family}.${platform}`);
  }
}

// Programs about which something is not known are left out.
function issuesOf(client, html) {
  try {
    return caniemail({ clients: [client], html }).issues;
  } catch (error) {
    if (!/^Feature ".*" not found on /.test(error.message)) throw error;
    return null;
  }
}

const found = new Map();
const checked = new Set();
for (const file of files) {
  const html = readFileSync(join(folder, file), "utf8");
  for (const client of clients) {
    const issues = issuesOf(client, html);
    if (!issues) continue;
    checked.add(client);
    for (const list of [...issues.errors.values(), ...issues.warnings.values()]) {
      for (const { title } of [list].flat()) {
        if (!found.has(title)) found.set(title, { clients: new Set(), file });
        found.get(title).clients.add(client);
      }
    }
  }
}

let failed = false;
for (const [title, { clients, file }] of found) {
  if (title in WITHOUT) continue;
  failed = true;
  console.error(`${file}: ${title} is not understood by ${[...clients].join(", ")}`);
}
for (const title of Object.keys(WITHOUT).filter((title) => !found.has(title))) {
  failed = true;
  console.error(`lint.js: no mail uses ${title} any longer, or all programs know it: remove it from the list`);
}
if (checked.size < 20) {
  failed = true;
  console.error(`only ${checked.size} programs could be checked`);
}
console.log(`${files.length} mails, ${checked.size} programs of ${clients.size}; ${found.size} parts that some lack`);
process.exit(failed ? 1 : 0);
