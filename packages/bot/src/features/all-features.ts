import { activityFeature } from './activity/activity-feature.ts'
import type { Feature } from '../kit/feature.ts'
import { setupFeature } from './setup/setup-feature.ts'

/** What the bot does. Their order is that in which they see an event. */
export const allFeatures: readonly Feature[] = [activityFeature, setupFeature]
