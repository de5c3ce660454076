import { h } from "./dom.js";

const UNITS = { degrees: "°", mm2: " mm²", mm3: " mm³" };

/**
 * Everything shown of a report, as a list of elements; the first is a heading that can take the focus.
 * `labels` says what to call each finding, by its feature and then by language.
 */
export function showReport(report, texts, lang, labels) {
  const call = (feature) => labels[feature]?.[lang] ?? spaced(feature);
  return [
    ...proposal(report.recommendation, report.cautions.map((caution) => caution[lang]), texts, lang),
    ...findings(report.findings, texts, call),
    ...pictures(report.pictures, texts),
    ...scores(report.scores.scores, texts),
    h("p", { class: "help" }, report.recommendation.intended_use[lang]),
    h("p", { class: "help" }, texts.made(report.run)),
  ];
}

/** A problem document (RFC 9457). */
export function showProblem(problem, texts) {
  const faults = (problem.errors ?? []).map((fault) => h("li", {}, `${fault.location}: ${fault.message}`));
  const list = faults.length ? h("ul", {}, faults) : null;
  return [
    h("div", { class: "problem", role: "alert" }, h("h2", { tabindex: "-1" }, texts.failed), h("p", {}, `${problem.title}. ${problem.detail ?? ""}`), list),
  ];
}

function proposal(recommendation, warnings, texts, lang) {
  const decisive = recommendation.rules.filter((rule) => rule.decides);
  const reasons = decisive.map((rule) => rule.reason[lang] + places(rule.levels));
  const evidence = (stands) => recommendation.evidence.filter((e) => e.stands === stands).map((e) => e.text[lang] + places([e.level]));
  return [
    h("h2", { tabindex: "-1" }, texts.recommendation),
    h("p", { class: `pathway ${recommendation.pathway}` }, texts.pathways[recommendation.pathway]),
    h("p", {}, recommendation.summary.nurse[lang]),
    ...list(texts.warnings, warnings),
    ...list(texts.reasons, reasons),
    ...list(texts.for, evidence("for")),
    ...list(texts.against, evidence("against")),
    ...list(texts.missing, recommendation.missing.map((m) => `${m.label[lang]}: ${m.reason}`)),
    ...list(texts.change, recommendation.would_change.map((c) => `${c.label[lang]} → ${c.change}: ${texts.pathways[c.pathway]}`)),
  ];
}

function places(levels) {
  const known = levels.filter(Boolean);
  return known.length ? ` (${known.join(", ")})` : "";
}

function list(title, lines) {
  const once = [...new Set(lines)];
  return once.length ? [h("h3", {}, title), h("ul", {}, once.map((line) => h("li", {}, line)))] : [];
}

function pictures(shown, texts) {
  return shown.map((picture) => {
    const image = h("img", { src: `data:${picture.media_type};base64,${picture.data}`, alt: texts.pictures[picture.kind] });
    return h("figure", { class: picture.kind }, image, h("figcaption", { class: "help" }, picture.title));
  });
}

function findings(all, texts, call) {
  const assessed = all.filter((finding) => finding.status === "assessed");
  const others = all.filter((finding) => finding.status !== "assessed");
  return [
    h("h2", {}, texts.findings),
    table(texts.findingsHelp, texts.columns, assessed.map((finding) => findingRow(finding, texts, call))),
    h("details", {}, h("summary", {}, `${texts.notAssessable} (${others.length})`), h("ul", {}, notAssessed(others, call))),
  ];
}

/** One line for each feature and reason, with the levels that it holds for. */
function notAssessed(others, call) {
  const lines = new Map();
  for (const { feature, reason, level, side } of others) {
    const key = `${call(feature)}: ${reason}`;
    lines.set(key, [...(lines.get(key) ?? []), [level, side].filter(Boolean).join(" ")]);
  }
  return [...lines].map(([line, levels]) => h("li", {}, line + places(levels)));
}

function findingRow(finding, texts, call) {
  const place = [finding.level, finding.side].filter(Boolean).join(" ") || "–";
  const value = finding.value === null ? "" : `${number(finding.value)}${UNITS[finding.unit] ?? ` ${finding.unit ?? ""}`}`.trim();
  const grade = finding.grade === null ? "" : finding.grade;
  const interval = finding.interval ? texts.from(...finding.interval.map(number)) : "";
  const cells = [place, value, grade, percent(finding.probability), interval, percent(finding.confidence)];
  return [name(call(finding.feature)), ...cells.map((text) => h("td", {}, text))];
}

function scores(all, texts) {
  const rows = all.map((score) => {
    const value = score.status === "scored" ? number(score.value) + (score.band ? ` (${score.band})` : "") : `${texts.notScored}: ${score.reason}`;
    return [name(spaced(score.instrument)), h("td", {}, score.scale), h("td", {}, value), h("td", {}, score.range.map(number).join(" – "))];
  });
  return [h("h2", {}, texts.scores), table(texts.scores, texts.scoreColumns, rows)];
}

function table(caption, columns, rows) {
  const head = h("thead", {}, h("tr", {}, columns.map((column) => h("th", { scope: "col" }, column))));
  const body = h("tbody", {}, rows.map((cells) => h("tr", {}, cells)));
  const whole = h("table", {}, h("caption", {}, caption), head, body);
  return h("div", { class: "table", tabindex: "0", role: "region", "aria-label": caption }, whole);
}

function name(text) {
  return h("th", { scope: "row" }, text);
}

function spaced(key) {
  return key.replaceAll("_", " ");
}

function number(value) {
  return String(Math.round(value * 10) / 10);
}

function percent(part) {
  return part === null ? "" : `${Math.round(part * 100)} %`;
}
