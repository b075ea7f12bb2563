/** Types that an application may subscribe to, of those that happen here. */
export const webhookEventTypes = [
  'APPLICATION_AUTHORIZED',
  'APPLICATION_DEAUTHORIZED',
  'ENTITLEMENT_CREATE',
  'ENTITLEMENT_UPDATE',
  'ENTITLEMENT_DELETE',
] as const
export type WebhookEventType = (typeof webhookEventTypes)[number]
