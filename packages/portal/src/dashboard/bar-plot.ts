import uPlot from 'uplot'
import { formatShort } from '../format/numbers.ts'
import { formatUtcDate, formatUtcTime } from '../format/times.ts'
import { axisMarks } from './axis-marks.ts'
import type { Interval } from './dashboard-search.ts'
import type { BarColours, PlotColours } from './plot-colours.ts'

/** What a plot shows: the starts of its intervals (epoch milliseconds), and a value for each. */
export interface BarPlotData {
  readonly starts: readonly number[]
  readonly values: readonly number[]
  readonly interval: Interval
  /** Index of the interval that is still running; -1 if all are over. */
  readonly running: number
}

export interface BarPlot {
  show(data: BarPlotData): void
  /** Puts the cursor on an interval, as the keyboard does. */
  point(index: number): void
  resize(width: number): void
  destroy(): void
}

const stepMs: Readonly<Record<Interval, number>> = { hour: 3_600_000, day: 86_400_000 }
const labelWidthPx = 60
const font = '12px "Atkinson Hyperlegible Next Variable", system-ui, sans-serif'
const increments = [1, 2, 5]
  .flatMap((digit) => [0, 1, 2, 3, 4, 5, 6, 7].map((power) => digit * 10 ** power))
  .toSorted((a, b) => a - b)

/** Draws bars over time into `parent`. All of its plots with the same `group` share one cursor. */
export function drawBarPlot(options: {
  readonly parent: HTMLElement
  readonly data: BarPlotData
  readonly width: number
  readonly height: number
  readonly timeAxis: boolean
  readonly group: string
  readonly colours: PlotColours
  readonly bars: BarColours
  readonly onPoint: (index: number | null) => void
}): BarPlot {
  const { colours, bars } = options
  let data = options.data
  const plot = new uPlot(
    {
      width: options.width,
      height: options.height,
      padding: [6, 16, options.timeAxis ? 0 : 8, 0],
      legend: { show: false },
      cursor: {
        y: false,
        points: { show: false },
        drag: { x: false, y: false, setScale: false },
        sync: { key: options.group },
      },
      scales: {
        x: { time: false, range: () => spanOf(data) },
        y: { range: (_, __, max) => [0, Math.max(4, (max ?? 0) * 1.08)] },
      },
      series: [
        {},
        {
          width: 1,
          stroke: bars.bar,
          fill: bars.bar,
          points: { show: false },
          paths:
            uPlot.paths.bars?.({
              size: [0.66, 34],
              align: 0,
              disp: {
                stroke: { unit: 3, values: () => data.values.map(() => bars.bar) },
                fill: {
                  unit: 3,
                  values: () =>
                    data.values.map((_, index) => (index === data.running ? bars.running : bars.bar)),
                },
              },
            }) ?? (() => null),
        },
      ],
      axes: [
        {
          show: options.timeAxis,
          size: 30,
          font,
          gap: 6,
          stroke: colours.text,
          grid: { show: false },
          ticks: { stroke: colours.grid, width: 1, size: 5 },
          splits: (u) => {
            const most = Math.floor(u.width / labelWidthPx)
            return axisMarks(data.starts, data.interval, most).map((start) => middleOf(start, data.interval))
          },
          values: (_, splits) => splits.map((split) => markText(split, data.interval)),
        },
        {
          size: 46,
          font,
          gap: 6,
          stroke: colours.text,
          grid: { stroke: colours.grid, width: 1 },
          ticks: { show: false },
          space: 34,
          incrs: increments,
          values: (_, splits) => splits.map(formatShort),
        },
      ],
      hooks: { setCursor: [(u) => options.onPoint(u.cursor.idx ?? null)] },
    },
    aligned(data),
    options.parent,
  )
  return {
    show(next) {
      data = next
      plot.setData(aligned(next))
    },
    point(index) {
      const start = data.starts[index]
      if (start === undefined) return
      plot.setCursor({ left: plot.valToPos(middleOf(start, data.interval), 'x'), top: 0 })
    },
    resize(width) {
      plot.setSize({ width, height: options.height })
    },
    destroy() {
      plot.destroy()
    },
  }
}

/** Bars stand in the middle of their interval. Seconds would do; milliseconds spare the conversions. */
function aligned(data: BarPlotData): uPlot.AlignedData {
  return [data.starts.map((start) => middleOf(start, data.interval)), [...data.values]]
}

function middleOf(start: number, interval: Interval): number {
  return start + stepMs[interval] / 2
}

function spanOf(data: BarPlotData): [number, number] {
  const first = data.starts[0] ?? 0
  return [first, (data.starts.at(-1) ?? first) + stepMs[data.interval]]
}

function markText(middle: number, interval: Interval): string {
  const start = middle - stepMs[interval] / 2
  return interval === 'hour' && start % stepMs.day !== 0 ? formatUtcTime(start) : formatUtcDate(start)
}
