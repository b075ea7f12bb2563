import 'uplot/dist/uPlot.min.css'
import type { GuildActivity } from '@guildmesh/contracts'
import { type KeyboardEvent, useEffect, useId, useRef, useState } from 'react'
import { countOf } from '../format/numbers.ts'
import { onAppearanceChange } from '../shell/appearance.ts'
import { type BarPlot, type BarPlotData, drawBarPlot } from './bar-plot.ts'
import { bucketInterval } from './bucket-interval.ts'
import { bucketName } from './bucket-name.ts'
import type { Interval } from './dashboard-search.ts'
import { readPlotColours } from './plot-colours.ts'

type Bucket = GuildActivity['buckets'][number]

/**
 * Messages over active members, on one time axis and with one cursor. For the keyboard and for screen readers it is
 * a slider over its intervals that says each one's numbers; the table beside it has them all.
 */
export function ActivityChart(props: { readonly buckets: readonly Bucket[]; readonly now: number }) {
  const { buckets } = props
  const interval = bucketInterval(buckets)
  const [pointed, setPointed] = useState<number | null>(null)
  const starts = buckets.map(({ start }) => start)
  const running = buckets.findLastIndex(({ start }) => start <= props.now)
  const data = { starts, interval, running: running === buckets.length - 1 ? running : -1 }
  const messages: BarPlotData = { ...data, values: buckets.map((bucket) => bucket.messages) }
  const members: BarPlotData = { ...data, values: buckets.map((bucket) => bucket.members) }
  const { frame, point } = usePlots({ messages, members }, setPointed)

  const index = pointed ?? Math.max(0, buckets.length - 1)
  const bucket = buckets[index]
  const readout = bucket ? describe(bucket, interval, index === data.running) : ''
  const busiest = buckets.reduce<Bucket | null>(
    (most, each) => (each.messages > (most?.messages ?? 0) ? each : most),
    null,
  )

  function move(event: KeyboardEvent) {
    const target = keyTarget(event.key, index, buckets.length)
    if (target === null) return
    event.preventDefault()
    setPointed(target)
    point(target)
  }

  return (
    <figure className="rounded-xl border border-line bg-surface p-4 pb-2">
      <figcaption className="flex min-h-6 flex-wrap items-baseline justify-between gap-x-4 text-sm">
        <span className="tabular">
          {pointed !== null
            ? readout
            : busiest
              ? `Busiest: ${describe(busiest, interval, false)}`
              : 'Nothing was written in this time.'}
        </span>
        <span className="text-dim">Times in UTC</span>
      </figcaption>
      <div
        role="slider"
        tabIndex={0}
        aria-label={`Messages and active members by ${interval}`}
        aria-valuemin={0}
        aria-valuemax={Math.max(0, buckets.length - 1)}
        aria-valuenow={index}
        aria-valuetext={readout}
        onKeyDown={move}
        className="mt-2 rounded"
      >
        <p className="text-sm font-semibold">Messages</p>
        <div ref={frame.messages} className="h-[208px] overflow-hidden" />
        <p className="mt-1 text-sm font-semibold">Active members</p>
        <div ref={frame.members} className="h-[112px] overflow-hidden" />
      </div>
    </figure>
  )
}

/** Keeps both plots drawn: again when colours change, in place when data or width do. */
function usePlots(
  data: { readonly messages: BarPlotData; readonly members: BarPlotData },
  onPoint: (index: number | null) => void,
) {
  const group = useId()
  const messagesFrame = useRef<HTMLDivElement>(null)
  const membersFrame = useRef<HTMLDivElement>(null)
  const plots = useRef<{ messages: BarPlot; members: BarPlot } | null>(null)
  const latest = useRef(data)
  latest.current = data

  useEffect(() => {
    const { current: upper } = messagesFrame
    const { current: lower } = membersFrame
    if (!upper || !lower) return undefined
    function draw() {
      if (!upper || !lower) return
      plots.current?.messages.destroy()
      plots.current?.members.destroy()
      const colours = readPlotColours()
      const common = { group, colours, onPoint, width: upper.clientWidth }
      plots.current = {
        messages: drawBarPlot({
          ...common,
          parent: upper,
          bars: colours.main,
          data: latest.current.messages,
          height: 208,
          timeAxis: false,
        }),
        members: drawBarPlot({
          ...common,
          parent: lower,
          bars: colours.second,
          data: latest.current.members,
          height: 112,
          timeAxis: true,
        }),
      }
    }
    draw()
    const forget = onAppearanceChange(draw)
    const observer = new ResizeObserver(() => {
      plots.current?.messages.resize(upper.clientWidth)
      plots.current?.members.resize(lower.clientWidth)
    })
    observer.observe(upper)
    // Canvas text does not wait for a web font by itself.
    void document.fonts.ready.then(() => plots.current && draw())
    return () => {
      forget()
      observer.disconnect()
      plots.current?.messages.destroy()
      plots.current?.members.destroy()
      plots.current = null
    }
  }, [group, onPoint])

  const changed = JSON.stringify(data)
  useEffect(() => {
    plots.current?.messages.show(latest.current.messages)
    plots.current?.members.show(latest.current.members)
  }, [changed])

  return {
    frame: { messages: messagesFrame, members: membersFrame },
    point: (index: number) => plots.current?.messages.point(index),
  }
}

function keyTarget(key: string, index: number, count: number): number | null {
  const last = count - 1
  switch (key) {
    case 'ArrowLeft':
    case 'ArrowDown':
      return Math.max(0, index - 1)
    case 'ArrowRight':
    case 'ArrowUp':
      return Math.min(last, index + 1)
    case 'PageDown':
      return Math.max(0, index - 7)
    case 'PageUp':
      return Math.min(last, index + 7)
    case 'Home':
      return 0
    case 'End':
      return last
    default:
      return null
  }
}

function describe(bucket: Bucket, interval: Interval, running: boolean): string {
  const numbers = `${countOf(bucket.messages, 'message')}, ${countOf(bucket.members, 'active member')}`
  return `${bucketName(bucket.start, interval)}: ${numbers}${running ? ' so far' : ''}`
}
