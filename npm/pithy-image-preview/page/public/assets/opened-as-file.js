// A script of its own, and no module: where the page was opened as a file, browsers load no modules.
if (location.protocol === "file:") {
  document.querySelector("#opened-as-file").hidden = false;
  document.querySelector("#loading").hidden = true;
}
