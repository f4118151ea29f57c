// Sets the theme before the first paint; the choice is kept in this browser only.
const KEY = "platewire-theme";
const CHOICES = ["system", "light", "dark"];

function apply(choice) {
  document.documentElement.dataset.theme = choice;
}

function chosen() {
  const kept = localStorage.getItem(KEY);
  return CHOICES.includes(kept) ? kept : "system";
}

apply(chosen());

document.addEventListener("DOMContentLoaded", () => {
  const button = document.querySelector("[data-theme-switch]");
  if (!button) return;
  const label = () => {
    button.title = `Theme: ${chosen()}`;
    button.setAttribute("aria-label", button.title);
  };
  button.addEventListener("click", () => {
    localStorage.setItem(KEY, CHOICES[(CHOICES.indexOf(chosen()) + 1) % CHOICES.length]);
    apply(chosen());
    label();
  });
  label();
});
