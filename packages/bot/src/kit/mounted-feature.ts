/** Under this name mounted modules' events appear in `event_dead_letters`. */
export const mountedFeature = 'mounted-modules'
