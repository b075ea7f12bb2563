import { useState } from 'react'
import { Icon } from '../ui/icon.tsx'

const images = /\.(?:png|jpe?g|gif|webp|avif|svg)$/i
const videos = /\.(?:mp4|webm|mov)$/i
const sounds = /\.(?:mp3|ogg|wav|m4a)$/i

/**
 * A picture, video or other file. Files of the simulator are shown; those of other hosts are only linked, because this
 * page asks no other host for anything.
 */
export function Media({
  url,
  description,
  spoiler = false,
  asFile = false,
  contentType,
}: {
  url: string
  description?: string | undefined
  spoiler?: boolean
  asFile?: boolean
  contentType?: string | undefined
}) {
  const [shown, setShown] = useState(!spoiler)
  const own = ownPath(url)
  const name = fileName(url)
  if (!shown) {
    return (
      <button type="button" className="media-spoiler" onClick={() => setShown(true)}>
        Show spoiler
      </button>
    )
  }
  const kind = asFile || own === null ? 'file' : kindOf(name, contentType)
  if (kind === 'image') return <img className="media" src={own ?? ''} alt={description ?? name} />
  if (kind === 'video') {
    // People upload what they have; captions are not part of Discord's files.
    // oxlint-disable-next-line jsx-a11y/media-has-caption
    return <video className="media" src={own ?? ''} aria-label={description ?? name} controls />
  }
  if (kind === 'sound') {
    // oxlint-disable-next-line jsx-a11y/media-has-caption
    return <audio src={own ?? ''} aria-label={description ?? name} controls />
  }
  return (
    <a className="file" href={own ?? url} target="_blank" rel="noreferrer noopener">
      <Icon name="file" />
      <span className="ellipsis">{description ?? name}</span>
    </a>
  )
}

function kindOf(name: string, contentType = ''): 'image' | 'video' | 'sound' | 'file' {
  if (images.test(name) || contentType.startsWith('image/')) return 'image'
  if (videos.test(name) || contentType.startsWith('video/')) return 'video'
  if (sounds.test(name) || contentType.startsWith('audio/')) return 'sound'
  return 'file'
}

/** The path of a file that the simulator serves, by whatever name it is reached; null for others. */
function ownPath(url: string): string | null {
  try {
    const { pathname, port } = new URL(url)
    return port === window.location.port && pathname.startsWith('/attachments/') ? pathname : null
  } catch {
    return null
  }
}

function fileName(url: string): string {
  try {
    const { pathname, hostname, protocol } = new URL(url)
    if (protocol === 'attachment:') return url
    const name = decodeURIComponent(pathname.split('/').at(-1) ?? '')
    return name === '' ? hostname : name
  } catch {
    return url
  }
}
