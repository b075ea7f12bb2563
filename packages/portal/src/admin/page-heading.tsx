import type { ReactNode } from 'react'

/** Names a page of the console for screen readers (others see its tab); `children` stand at the top right. */
export function PageHeading(props: { readonly title: string; readonly children?: ReactNode }) {
  return (
    <>
      <title>{`${props.title} · guildmesh console`}</title>
      <h1 className="sr-only">{props.title}</h1>
      {props.children ? <div className="mb-4 flex justify-end">{props.children}</div> : null}
    </>
  )
}
