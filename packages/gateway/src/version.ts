import manifest from '../package.json' with { type: 'json' }

/** The version of this build, as the registry shows it. */
export const gatewayVersion: string = manifest.version
