// Light and dark: the system's wish until the person chooses.

const STORED = "stillwater-theme";

export class Theme {
  constructor() {
    this.system = matchMedia("(prefers-color-scheme: dark)");
    this.button = document.getElementById("theme-toggle");
    this.button.addEventListener("click", () => this.#choose(this.isDark() ? "light" : "dark"));
    this.system.addEventListener("change", () => this.#show());
    this.#show();
  }

  isDark() {
    const chosen = localStorage.getItem(STORED);
    return chosen ? chosen === "dark" : this.system.matches;
  }

  #choose(name) {
    localStorage.setItem(STORED, name);
    this.#show();
  }

  #show() {
    const dark = this.isDark();
    document.documentElement.dataset.theme = dark ? "dark" : "light";
    this.button.querySelector("use").setAttribute("href", dark ? "#i-sun" : "#i-moon");
    document.getElementById("theme-name").textContent = dark ? "Light mode" : "Dark mode";
  }
}
