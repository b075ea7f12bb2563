/** The headers by which a browser tells where a request comes from. */
export interface OriginHeaders {
  readonly origin?: string | undefined
  readonly 'sec-fetch-site'?: string | string[] | undefined
}

/**
 * Whether a request that changes something comes from the portal's own pages. Browsers put `Origin` on every such
 * request, so one without it is not from a page of ours, and cookies alone must not let it act.
 */
export function isFromPortal(headers: OriginHeaders, portalOrigin: string): boolean {
  const site = headers['sec-fetch-site']
  if (site !== undefined && site !== 'same-origin') return false
  return headers.origin === portalOrigin
}
