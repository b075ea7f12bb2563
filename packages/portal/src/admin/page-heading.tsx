import type { ReactNode } from 'react'

/** Names a page of the console (to the eye its tab does), and holds what stands to the right above it. */
export function PageHeading(props: { readonly title: string; readonly children?: ReactNode }) {
  return (
    <>
      <title>{`${props.title} · guildmesh console`}</title>
      <h1 className="sr-only">{props.title}</h1>
      {props.children ? <div className="mb-4 flex justify-end">{props.children}</div> : null}
    </>
  )
}
