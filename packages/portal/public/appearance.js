// Runs before the first paint, so that a chosen appearance does not flash. A file, not inline: the content
// security policy allows scripts of this origin only. `src/shell/appearance.ts` writes the choice.
try {
  const chosen = localStorage.getItem('guildmesh.appearance')
  if (chosen === 'light' || chosen === 'dark') document.documentElement.dataset.appearance = chosen
} catch {
  // Storage is off: the system's appearance applies.
}
