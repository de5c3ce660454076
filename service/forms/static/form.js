import { h } from "./dom.js";
import { field, isAsked } from "./fields.js";
import { showProblem, showReport } from "./report.js";
import { TEXTS } from "./texts.js";

/** What to call each finding; without it the form shows their keys. */
const LABELS = new URL("../findings.json", import.meta.url).href;

/**
 * <lumbar-triage-form questionnaire="/forms/ndt-clbp.json" action="/v1/triage" lang="nl">
 * Asks the questionnaire, takes a study, posts both and shows the report. Fires `recommendation` with the report as detail.
 */
class LumbarTriageForm extends HTMLElement {
  async connectedCallback() {
    this.language = this.getAttribute("lang") === "en" ? "en" : "nl";
    this.texts = TEXTS[this.language];
    const root = this.attachShadow({ mode: "open" });
    const style = new URL("form.css", import.meta.url).href;
    [this.questionnaire, this.labels] = await Promise.all([json(this.getAttribute("questionnaire")), json(LABELS).catch(() => ({}))]);
    this.fields = [];
    this.status = h("p", { role: "status", class: "status" });
    this.result = h("div", { class: "result" });
    root.append(h("link", { rel: "stylesheet", href: style }), this.form(), this.status, this.result);
    this.refresh();
  }

  form() {
    const { sections, notice } = this.questionnaire;
    this.button = h("button", { type: "submit", class: "send" }, this.texts.send);
    const parts = [h("p", { class: "notice" }, notice[this.language]), this.studySection(), ...sections.map((s) => this.section(s))];
    this.summary = h("div", { role: "alert", class: "summary", tabindex: "-1" });
    const form = h("form", { novalidate: true, onsubmit: (event) => this.submit(event) }, parts, this.summary, this.button);
    form.addEventListener("change", () => this.refresh());
    return form;
  }

  studySection() {
    const { texts } = this;
    this.files = h("input", { type: "file", id: "study", multiple: true, "aria-describedby": "study-help" });
    this.folder = h("input", { type: "file", id: "folder", webkitdirectory: true, multiple: true });
    return h(
      "section",
      { "aria-labelledby": "study-title" },
      h("h2", { id: "study-title" }, texts.study),
      h("p", { id: "study-help", class: "help" }, texts.studyHelp),
      h("div", { class: "typed" }, h("label", { for: "study" }, texts.studyFiles), this.files),
      h("div", { class: "typed" }, h("label", { for: "folder" }, texts.studyFolder), this.folder),
    );
  }

  section(section) {
    const id = `section-${section.id}`;
    const several = section.instruments.length > 1;
    const instruments = section.instruments.map((instrument) => this.instrument(instrument, several));
    return h("section", { "aria-labelledby": id }, h("h2", { id }, section.title[this.language]), instruments);
  }

  instrument(instrument, titled) {
    const { texts, language } = this;
    const made = instrument.items.map((item, k) =>
      field(item, item.text ? item.text[language] : texts.licensedItem(k + 1), language, texts),
    );
    this.fields.push(...made);
    const note = instrument.items.some((item) => !item.text) ? h("p", { class: "help" }, texts.licensed) : null;
    const credit = instrument.attribution ? h("p", { class: "help" }, instrument.attribution) : null;
    const title = titled || note || credit ? h("h3", {}, instrument.title[language]) : null;
    return h("div", { class: "instrument" }, title, note, made.map((f) => f.element), credit);
  }

  answers() {
    const answers = {};
    for (const { item, read } of this.fields) {
      const value = isAsked(item, answers) ? read() : null;
      if (value !== null && !Number.isNaN(value)) answers[item.code] = value;
    }
    return answers;
  }

  refresh() {
    const answers = this.answers();
    for (const { item, element } of this.fields) element.hidden = !isAsked(item, answers);
  }

  study() {
    return [...this.files.files, ...this.folder.files];
  }

  /** Questions that stand in the way of sending, as [text, focus]. */
  faults(answers) {
    const faults = this.study().length ? [] : [[this.texts.noStudy, () => this.files.focus()]];
    for (const { item, element, label, valid, focus } of this.fields) {
      const wrong = !element.hidden && (!valid() || (item.required && answers[item.code] === undefined));
      element.classList.toggle("wrong", wrong);
      if (wrong) faults.push([label, focus]);
    }
    return faults;
  }

  async submit(event) {
    event.preventDefault();
    const answers = this.answers();
    const faults = this.faults(answers);
    this.summary.replaceChildren(...this.faultList(faults));
    if (faults.length) return this.summary.focus();
    await this.send(answers);
  }

  faultList(faults) {
    if (!faults.length) return [];
    const links = faults.map(([text, focus]) => h("li", {}, h("button", { type: "button", class: "link", onclick: focus }, text)));
    return [h("p", {}, this.texts.incomplete), h("ul", {}, links)];
  }

  async send(answers) {
    const body = new FormData();
    this.study().forEach((file) => body.append("study", file, file.name));
    body.append("answers", new Blob([JSON.stringify(answers)], { type: "application/json" }), "answers.json");
    this.button.disabled = true;
    this.status.textContent = this.texts.busy;
    this.result.replaceChildren();
    try {
      const response = await fetch(`${this.getAttribute("action")}?pictures=true&lang=${this.language}`, { method: "POST", body });
      this.show(response.ok, await response.json());
    } catch {
      this.show(false, { title: this.texts.offline, detail: "" });
    } finally {
      this.button.disabled = false;
      this.status.textContent = "";
    }
  }

  show(ok, content) {
    const shown = ok ? showReport(content, this.texts, this.language, this.labels) : showProblem(content, this.texts);
    this.result.replaceChildren(...shown);
    this.result.querySelector("h2").focus();
    if (ok) this.dispatchEvent(new CustomEvent("recommendation", { detail: content, bubbles: true, composed: true }));
  }
}

async function json(address) {
  return (await fetch(address)).json();
}

customElements.define("lumbar-triage-form", LumbarTriageForm);
