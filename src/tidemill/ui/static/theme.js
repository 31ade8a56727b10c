// Before the first paint: the theme that was chosen last, and the sign that scripts run.
(() => {
  const root = document.documentElement;
  root.classList.add("js");
  let theme = null;
  try { theme = localStorage.getItem("tidemill-theme"); } catch { /* storage may be refused: the system's theme then */ }
  if (theme === "dark" || theme === "light") root.dataset.theme = theme;
})();
