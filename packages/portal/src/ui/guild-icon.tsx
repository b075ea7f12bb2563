import { useState } from 'react'
import { monogramOf } from './monogram.ts'

const sizes = {
  small: 'size-8 rounded-md text-xs',
  medium: 'size-12 rounded-lg text-base',
  large: 'size-16 rounded-xl text-xl',
} as const

/** A server's icon, or its initials if it has none or it does not load. Decorative: the name stands beside it. */
export function GuildIcon(props: {
  readonly name: string
  readonly iconUrl: string | null
  readonly size: keyof typeof sizes
}) {
  const [broken, setBroken] = useState<string | null>(null)
  const look = `${sizes[props.size]} shrink-0 overflow-hidden`
  if (props.iconUrl && props.iconUrl !== broken) {
    return (
      <img
        src={props.iconUrl}
        alt=""
        className={`${look} bg-sunken object-cover`}
        loading="lazy"
        onError={() => setBroken(props.iconUrl)}
      />
    )
  }
  return (
    <span
      aria-hidden="true"
      className={`${look} grid place-items-center border border-line bg-sunken font-semibold tracking-tight text-dim select-none`}
    >
      {monogramOf(props.name)}
    </span>
  )
}
