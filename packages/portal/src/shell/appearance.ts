/** The colours a person chose; `system` follows the device. */
export type Appearance = 'system' | 'light' | 'dark'

const key = 'guildmesh.appearance'

/** What is chosen now. `public/appearance.js` has applied it before the first paint. */
export function chosenAppearance(): Appearance {
  const chosen = document.documentElement.dataset['appearance']
  return chosen === 'light' || chosen === 'dark' ? chosen : 'system'
}

/** Applies the choice, and remembers it on this device if storage is allowed. */
export function chooseAppearance(appearance: Appearance): void {
  if (appearance === 'system') delete document.documentElement.dataset['appearance']
  else document.documentElement.dataset['appearance'] = appearance
  try {
    if (appearance === 'system') localStorage.removeItem(key)
    else localStorage.setItem(key, appearance)
  } catch {
    // Storage is switched off: the choice lasts as long as the page.
  }
}

/** Calls back whenever the page's colours may have changed: system setting, choice, forced colours. */
export function onAppearanceChange(changed: () => void): () => void {
  const queries = ['(prefers-color-scheme: dark)', '(forced-colors: active)'].map((query) =>
    matchMedia(query),
  )
  for (const query of queries) query.addEventListener('change', changed)
  const observer = new MutationObserver(changed)
  observer.observe(document.documentElement, { attributeFilter: ['data-appearance'] })
  return () => {
    for (const query of queries) query.removeEventListener('change', changed)
    observer.disconnect()
  }
}
