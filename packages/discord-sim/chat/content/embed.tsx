import type { APIEmbed } from 'discord-api-types/v10'
import type { ReactNode } from 'react'
import { hexOf } from './hex-of.ts'
import { Markdown } from './markdown.tsx'
import { Media } from './media.tsx'
import { shortTime } from './timestamp.tsx'

/** An embed as Discord shows it. */
export function Embed({ embed }: { embed: APIEmbed }) {
  const style = typeof embed.color === 'number' ? { '--accent-bar': hexOf(embed.color) } : {}
  const footer = [
    embed.footer?.text,
    embed.timestamp === undefined ? undefined : shortTime(new Date(embed.timestamp)),
  ].filter((part) => part !== undefined)
  return (
    <div className="embed" style={style}>
      <div className="embed-text">
        {embed.author ? (
          <p className="embed-author">
            <MaybeLink url={embed.author.url}>{embed.author.name}</MaybeLink>
          </p>
        ) : null}
        {embed.title ? (
          <div className="embed-title">
            <MaybeLink url={embed.url}>
              <Markdown text={embed.title} />
            </MaybeLink>
          </div>
        ) : null}
        {embed.description ? <Markdown text={embed.description} /> : null}
        {embed.fields && embed.fields.length > 0 ? (
          <dl className="embed-fields">
            {embed.fields.map((field, index) => (
              // Fields may be alike in name and value.
              // oxlint-disable-next-line react/no-array-index-key
              <div key={index} className={field.inline ? 'inline' : ''}>
                <dt>
                  <Markdown text={field.name} />
                </dt>
                <dd>
                  <Markdown text={field.value} />
                </dd>
              </div>
            ))}
          </dl>
        ) : null}
        {embed.image ? <Media url={embed.image.url} /> : null}
        {footer.length > 0 ? <p className="embed-footer">{footer.join(' • ')}</p> : null}
      </div>
      {embed.thumbnail ? (
        <div className="thumbnail">
          <Media url={embed.thumbnail.url} />
        </div>
      ) : null}
    </div>
  )
}

function MaybeLink({ url, children }: { url: string | undefined; children: ReactNode }) {
  return url !== undefined && /^https?:/.test(url) ? (
    <a href={url} target="_blank" rel="noreferrer noopener">
      {children}
    </a>
  ) : (
    children
  )
}
