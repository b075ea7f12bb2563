/** Four strands, over and under one another. */
export function BrandMark({ className }: { readonly className: string }) {
  return (
    <svg viewBox="0 0 24 24" className={className} aria-hidden="true">
      <g fill="none" stroke="currentColor" strokeWidth="2.6" strokeLinecap="round">
        <path d="M8 3v2.6M8 10.4V21" />
        <path d="M16 3v10.6M16 18.4V21" />
        <path d="M3 8h10.6M18.4 8H21" />
        <path d="M3 16h2.6M10.4 16H21" />
      </g>
    </svg>
  )
}
