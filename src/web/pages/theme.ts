// Runs before the page is drawn, so that a chosen theme does not flash in the other one. Loaded as a plain script.
{
  let chosen: string | null = null;
  try {
    chosen = localStorage.getItem('kedge-theme');
  } catch {
    // Storage may be switched off; then the system decides.
  }
  if (chosen === 'light' || chosen === 'dark') document.documentElement.dataset['theme'] = chosen;
}
