/** A place where something will be. `className` gives its size. */
export function Skeleton({ className }: { readonly className: string }) {
  return <div aria-hidden="true" className={`breathe rounded bg-sunken forced-colors:border ${className}`} />
}

/** What a screen reader hears while skeletons stand in. */
export function Loading({ what }: { readonly what: string }) {
  return (
    <p role="status" className="sr-only">
      Loading {what}…
    </p>
  )
}
