// Before the first paint: the theme that was chosen, and that there is JavaScript.
(function () {
  var root = document.documentElement;
  root.classList.add("js");
  try {
    var theme = localStorage.getItem("chappe-theme");
    if (theme) root.dataset.theme = theme;
  } catch (error) { /* Without storage the system's theme stays. */ }
})();
