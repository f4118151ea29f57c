// Before the first paint, so that a dark page does not flash white; not a module, which would come later.
document.documentElement.dataset.theme = localStorage.getItem("platewire-theme") ?? "system";
document.documentElement.dataset.density = localStorage.getItem("platewire-density") ?? "desk";
