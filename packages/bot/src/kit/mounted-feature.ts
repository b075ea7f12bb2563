/** Under this name mounted modules' events appear in `dead_events`. */
export const mountedFeature = 'mounted-modules'
