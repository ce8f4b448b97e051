// The words that the pages show, from the same files.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { FluentBundle, FluentResource } from "@fluent/bundle";

export function textsOf(repository, language, product) {
  const bundle = new FluentBundle(language, { useIsolating: false });
  for (const file of ["app.ftl", "pages.ftl"]) {
    bundle.addResource(new FluentResource(readFileSync(join(repository, "locales", language, file), "utf8")));
  }
  return (id, values = {}) => {
    const message = bundle.getMessage(id);
    if (!message?.value) throw new Error(`no text ${id} in ${language}`);
    return bundle.formatPattern(message.value, { product, ...values });
  };
}
