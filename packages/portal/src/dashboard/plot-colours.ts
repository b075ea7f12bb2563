/** The colours of a plot, as a canvas takes them. */
export interface PlotColours {
  readonly bar: string
  /** Fill of the interval that is still running. */
  readonly running: string
  readonly text: string
  readonly grid: string
  readonly cursor: string
}

/** Reads the palette as the page shows it now: light or dark, or the colours that the system forces. */
export function readPlotColours(): PlotColours {
  const probe = document.createElement('span')
  probe.hidden = true
  document.body.append(probe)
  const read = (token: string) => {
    probe.style.color = `var(--color-${token})`
    return getComputedStyle(probe).color
  }
  const colours = {
    bar: read('accent'),
    running: read('accent-soft'),
    text: read('dim'),
    grid: read('line'),
    cursor: read('edge'),
  }
  probe.remove()
  return colours
}
