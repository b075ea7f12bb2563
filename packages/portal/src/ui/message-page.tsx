import type { ReactNode } from 'react'

/** A page that says one thing: what happened, why, and what to do. */
export function MessagePage(props: {
  readonly title: string
  readonly children: ReactNode
  readonly actions?: ReactNode
}) {
  return (
    <section className="mx-auto max-w-xl py-16">
      <title>{`${props.title} · guildmesh`}</title>
      <h1 className="text-2xl font-bold tracking-tight">{props.title}</h1>
      <div className="mt-3 grid gap-2 text-dim">{props.children}</div>
      {props.actions ? <div className="mt-6 flex flex-wrap gap-3">{props.actions}</div> : null}
    </section>
  )
}
