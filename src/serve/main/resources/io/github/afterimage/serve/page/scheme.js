// Runs before the page is drawn, so that a chosen scheme does not flash.
(() => {
  const KEY = "afterimage.scheme";
  const root = document.documentElement;
  const system = matchMedia("(prefers-color-scheme: dark)");

  function stored() {
    try {
      return localStorage.getItem(KEY);
    } catch {
      return null; // the browser keeps nothing for this page
    }
  }

  function apply(scheme) {
    if (scheme) {
      root.dataset.scheme = scheme;
    }
    const button = document.getElementById("scheme");
    if (button) {
      button.textContent = current() === "dark" ? "Light" : "Dark";
    }
  }

  function current() {
    return root.dataset.scheme ?? (system.matches ? "dark" : "light");
  }

  apply(stored());
  system.addEventListener("change", () => apply(null));
  addEventListener("DOMContentLoaded", () => {
    apply(null);
    document.getElementById("scheme").addEventListener("click", () => {
      const next = current() === "dark" ? "light" : "dark";
      apply(next);
      try {
        localStorage.setItem(KEY, next);
      } catch {
        // the choice lasts as long as the page
      }
    });
  });
})();
