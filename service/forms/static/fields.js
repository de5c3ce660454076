import { h } from "./dom.js";

/** Whole-number scales of at most this many steps are shown as a row of buttons rather than typed. */
const MOST_STEPS = 11;

/** One question as a fieldset or a labelled input. Each has `read()`, which gives the answer or null. */
export function field(item, label, lang, texts) {
  const id = `q-${item.code}`;
  const options = optionsOf(item, lang, texts);
  const made = options ? choice(item, id, label, options, texts) : typed(item, id, label, texts);
  made.element.dataset.code = item.code;
  return { ...made, item, label };
}

function optionsOf(item, lang, texts) {
  if (item.kind === "boolean") return [[true, texts.yes], [false, texts.no]];
  if (item.options.length) return item.options.map((option) => [option.code, option.text[lang]]);
  const steps = item.high - item.low + 1;
  if (item.kind !== "integer" || steps > MOST_STEPS) return null;
  const words = new Map(item.labels.map(({ value, text }) => [value, text[lang]]));
  return Array.from({ length: steps }, (_, step) => [item.low + step, words.get(item.low + step) ?? String(item.low + step)]);
}

function mark(item, texts) {
  return item.required ? h("span", { class: "required" }, ` (${texts.required})`) : null;
}

function choice(item, id, label, options, texts) {
  const several = item.kind === "choices";
  const inputs = options.map(([, text], k) =>
    h("label", { class: "option" }, h("input", { type: several ? "checkbox" : "radio", name: id, id: `${id}-${k}` }), h("span", {}, text)),
  );
  const boxes = inputs.map((label) => label.firstChild);
  const clear = several || item.required ? null : clearButton(boxes, label, texts);
  const row = h("div", { class: item.kind === "integer" && !item.labels.length ? "options scale" : "options" }, inputs, clear);
  const legend = h("legend", {}, label, mark(item, texts));
  const role = several ? null : "radiogroup";
  const element = h("fieldset", { id, role, "aria-required": !several && item.required ? "true" : null }, legend, row);
  const chosen = () => options.filter((_, k) => boxes[k].checked).map(([code]) => code);
  const read = () => (several ? (chosen().length ? chosen() : null) : (chosen()[0] ?? null));
  return { element, read, focus: () => boxes[0].focus(), valid: () => true };
}

function clearButton(boxes, label, texts) {
  const clear = () => {
    boxes.forEach((box) => (box.checked = false));
    boxes[0].dispatchEvent(new Event("change", { bubbles: true }));
  };
  return h("button", { type: "button", class: "clear", onclick: clear, "aria-label": `${texts.clear}: ${label}` }, texts.clear);
}

function typed(item, id, label, texts) {
  const unit = texts.units[item.unit] ?? item.unit;
  const input = h("input", {
    id,
    type: "number",
    inputmode: item.kind === "integer" ? "numeric" : "decimal",
    min: item.low,
    max: item.high,
    step: item.kind === "integer" ? 1 : "any",
    required: item.required,
    "aria-describedby": `${id}-range`,
  });
  const range = h("span", { id: `${id}-range`, class: "range" }, texts.from(item.low, item.high, unit));
  const element = h("div", { class: "typed" }, h("label", { for: id }, label, mark(item, texts)), input, range);
  const read = () => (input.value === "" ? null : input.valueAsNumber);
  return { element, read, focus: () => input.focus(), valid: () => input.validity.valid || input.validity.valueMissing };
}

/** Whether an item is asked, given the answers so far: without conditions always, else when any of them holds. */
export function isAsked(item, answers) {
  if (!item.asked_when.length) return true;
  return item.asked_when.some(({ item: other, operator, answer }) => {
    const given = answers[other];
    if (given === undefined || given === null) return false;
    const values = Array.isArray(given) ? given : [given];
    return values.some((value) => COMPARE[operator](value, answer));
  });
}

const COMPARE = {
  "=": (a, b) => a === b,
  "!=": (a, b) => a !== b,
  ">": (a, b) => a > b,
  ">=": (a, b) => a >= b,
  "<": (a, b) => a < b,
  "<=": (a, b) => a <= b,
};
