import type { ReactNode } from 'react'

/** Title of a page of the console, and what stands to its right. */
export function PageHeading(props: { readonly title: string; readonly children?: ReactNode }) {
  return (
    <div className="mb-4 flex flex-wrap items-end justify-between gap-x-6 gap-y-3">
      <title>{`${props.title} · guildmesh console`}</title>
      <h1 className="text-2xl font-bold tracking-tight">{props.title}</h1>
      {props.children}
    </div>
  )
}
