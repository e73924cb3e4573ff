// The calls of the server, from the document that generators of clients read.
import { element } from "./text.js";

const document_ = await (await fetch("../openapi.json")).json();

/** Follows references, such as {"$ref": "#/components/parameters/model"}. */
function resolved(part) {
  return part?.$ref ? part.$ref.slice(2).split("/").reduce((place, name) => place[name], document_) : part;
}

function call(path, method, operation, shared) {
  const parameters = [...shared, ...(operation.parameters ?? [])].map(resolved);
  const body = resolved(operation.requestBody);
  return element("section", { className: "call" },
    element("h3", {}, element("code", { text: `${method.toUpperCase()} ${path}` })),
    element("p", { text: [operation.summary, operation.description].filter(Boolean).join(" ") }),
    element("dl", {},
      ...parameters.flatMap(each => [element("dt", { text: `${each.name} (${each.in})` }), element("dd", { text: each.description })]),
      ...(body ? [element("dt", { text: "body" }),
        element("dd", { text: `${Object.keys(body.content).join(", ")}. ${body.description ?? ""}` })] : [])));
}

document.getElementById("description").textContent = document_.info.description;
for (const { name, description } of document_.tags) {
  const calls = Object.entries(document_.paths).flatMap(([path, { parameters = [], ...methods }]) =>
    Object.entries(methods)
      .filter(([, operation]) => operation.tags.includes(name))
      .map(([method, operation]) => call(path, method, operation, parameters)));
  document.getElementById("calls").append(element("h2", { text: description }), ...calls);
}
