const step = 56
const lines = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]
/** Strands that stand out: three of the many guilds of a mesh. */
const bright = new Set(['down-2', 'down-6', 'across-5'])

/** The picture of the sign-in page: strands over and under one another. Decorative. */
export function WovenStrands({ className }: { readonly className: string }) {
  const size = step * lines.length
  return (
    <svg
      viewBox={`0 0 ${size} ${size}`}
      preserveAspectRatio="xMidYMid slice"
      className={className}
      aria-hidden="true"
    >
      <g fill="none" strokeWidth="24" strokeLinecap="butt">
        {lines.flatMap((column) =>
          lines.map((row) => <Crossing key={`${column}-${row}`} column={column} row={row} />),
        )}
      </g>
    </svg>
  )
}

function Crossing({ column, row }: { readonly column: number; readonly row: number }) {
  const x = column * step + step / 2
  const y = row * step + step / 2
  const half = step / 2
  const gap = 16
  const downOver = (column + row) % 2 === 0
  const down = downOver
    ? `M${x} ${y - half}V${y + half}`
    : `M${x} ${y - half}V${y - gap}M${x} ${y + gap}V${y + half}`
  const across = downOver
    ? `M${x - half} ${y}H${x - gap}M${x + gap} ${y}H${x + half}`
    : `M${x - half} ${y}H${x + half}`
  return (
    <>
      <path d={down} className={strandLook(`down-${column}`)} />
      <path d={across} className={strandLook(`across-${row}`)} />
    </>
  )
}

function strandLook(strand: string): string {
  return bright.has(strand) ? 'stroke-accent' : 'stroke-line'
}
