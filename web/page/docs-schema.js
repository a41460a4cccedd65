// Schemas of the description, for people: a tree of fields, and an example to begin with.

let doc = {};

export function describeWith(d) { doc = d; }

// open follows a reference, and gathers what a schema is made of.
export function open(schema) {
  if (!schema) return {};
  if (schema.$ref) return open(schema.$ref.slice(2).split("/").reduce((at, part) => at?.[part], doc));
  if (!schema.allOf) return schema;
  const out = { type: "object", properties: {}, required: [] };
  for (const part of schema.allOf.map(open)) {
    for (const [name, one] of Object.entries(part.properties ?? {})) {
      // The narrower schema wins over one that says nothing.
      if (!out.properties[name] || Object.keys(one).length > 0) out.properties[name] = one;
    }
    out.required.push(...(part.required ?? []));
  }
  return out;
}

export function nameOf(schema) {
  return schema?.$ref ? schema.$ref.split("/").pop() : "";
}

// kind says in a word what a value is.
export function kind(schema) {
  const s = open(schema);
  const types = [s.type ?? (s.oneOf ?? s.anyOf ?? []).map((o) => nameOf(o) || kind(o)).join(" | ")].flat().filter(Boolean);
  let out = types.filter((one) => one !== "null").join(" | ") || "any";
  if (out === "array") out = `[${nameOf(s.items) || kind(s.items)}]`;
  if (out === "object" && nameOf(schema)) out = nameOf(schema);
  if (s.format) out += ` ${s.format}`;
  if (types.includes("null")) out += " | null";
  return out;
}

export function element(tag, attributes = {}, ...children) {
  const e = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === false || value === undefined || value === null) continue;
    e.setAttribute(name, value === true ? "" : value);
  }
  e.append(...children.filter((c) => c !== null && c !== undefined && c !== ""));
  return e;
}

function limits(s) {
  const out = [];
  if (s.enum) out.push(s.enum.map((v) => JSON.stringify(v)).join(" "));
  if (s.default !== undefined) out.push(`= ${JSON.stringify(s.default)}`);
  for (const [name, sign] of [["minimum", "≥"], ["maximum", "≤"], ["minLength", "length ≥"], ["maxLength", "length ≤"], ["pattern", ""]]) {
    if (s[name] !== undefined) out.push(`${sign} ${s[name]}`.trim());
  }
  return out.join(" · ");
}

// tree draws the fields of a schema; deeper ones open when they are asked for.
export function tree(schema, neededWord, depth = 0) {
  const s = open(schema);
  if ([s.type].flat().includes("array")) return tree(s.items, neededWord, depth);
  const list = element("ul", { class: depth === 0 ? "schema" : "" });
  for (const [name, one] of Object.entries(s.properties ?? {})) {
    const o = open(one);
    const head = [
      element("code", {}, name), " ", element("span", { class: "kind" }, kind(one)), " ",
      s.required?.includes(name) ? element("span", { class: "needed" }, neededWord) : "",
    ];
    const text = [one.description ?? o.description, limits(o)].filter(Boolean).join(" — ");
    const about = text ? element("div", { class: "hint" }, text) : "";
    const inner = o.items ? open(o.items) : o.oneOf ? open(o.oneOf.find((x) => x.type !== "null")) : o;
    if (inner.properties && depth < 8) {
      const more = element("details", {}, element("summary", {}, ...head), about);
      more.addEventListener("toggle", () => {
        if (more.open && !more.dataset.drawn) {
          more.dataset.drawn = "yes";
          more.append(tree(inner, neededWord, depth + 1));
        }
      });
      list.append(element("li", {}, more));
    } else {
      list.append(element("li", {}, ...head, about));
    }
  }
  return list;
}

// example makes a value that fits a schema: what is needed, and what is not where nothing is.
export function example(schema, depth = 0) {
  const s = open(schema);
  if (s.examples?.length) return s.examples[0];
  if (s.example !== undefined) return s.example;
  if (s.default !== undefined) return s.default;
  if (s.enum) return s.enum[0];
  const type = [s.type].flat().find((one) => one && one !== "null");
  switch (type) {
    case "object": {
      const out = {};
      const names = Object.keys(s.properties ?? {});
      const needed = names.filter((n) => s.required?.includes(n));
      for (const name of needed.length > 0 || depth > 0 ? needed : names) out[name] = example(s.properties[name], depth + 1);
      return out;
    }
    case "array": return depth > 3 || !s.minItems ? [] : [example(s.items, depth + 1)];
    case "integer": case "number": return s.minimum ?? 0;
    case "boolean": return false;
    case "string": return s.format === "date-time" ? new Date().toISOString() : "";
  }
  return null;
}
