export interface BarColours {
  readonly bar: string
  /** Fill of the interval that is still running. */
  readonly running: string
}

/** The colours of a plot, as a canvas takes them. */
export interface PlotColours {
  readonly main: BarColours
  /** Of what stands below the main plot. */
  readonly second: BarColours
  readonly text: string
  readonly grid: string
}

/** Reads the palette as the page shows it now: light or dark, or the colours that the system forces. */
export function readPlotColours(): PlotColours {
  const probe = document.createElement('span')
  probe.hidden = true
  document.body.append(probe)
  const read = (token: string) => {
    probe.style.color = `var(--${token})`
    return getComputedStyle(probe).color
  }
  const colours = {
    main: { bar: read('plot'), running: read('plot-soft') },
    second: { bar: read('plot-second'), running: read('plot-second-soft') },
    text: read('color-dim'),
    grid: read('color-line'),
  }
  probe.remove()
  return colours
}
