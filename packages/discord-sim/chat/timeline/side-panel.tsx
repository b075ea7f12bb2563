import { Tab, TabList, TabPanel, Tabs } from 'react-aria-components'
import { MemberList } from '../places/member-list.tsx'
import { useChat } from '../state/chat-context.ts'
import { Icon } from '../ui/icon.tsx'
import { useMedia } from '../ui/use-media.ts'
import { TimelinePanel } from './timeline-panel.tsx'

/** Beside the messages: what the bot did, and who is in the server. */
export function SidePanel() {
  const { show, pane } = useChat()
  // Alone on a narrow screen, the panel is the page.
  const isPage = useMedia('(max-width: 960px)') && pane === 'side'
  const Frame = isPage ? 'main' : 'aside'
  return (
    <Frame className="side" aria-label="Bot and people">
      {isPage ? <h1 className="visually-hidden">Timeline and people</h1> : null}
      <Tabs className="tabs">
        <div className="bar">
          <button
            type="button"
            className="icon-button narrow-only"
            aria-label="Back to the messages"
            onClick={() => show('messages')}
          >
            <Icon name="back" />
          </button>
          <TabList aria-label="Side panel">
            <Tab id="timeline">
              <Icon name="activity" /> Timeline
            </Tab>
            <Tab id="people">
              <Icon name="people" /> People
            </Tab>
          </TabList>
        </div>
        <TabPanel id="timeline" className="tab-panel">
          <TimelinePanel />
        </TabPanel>
        <TabPanel id="people" className="tab-panel">
          <MemberList />
        </TabPanel>
      </Tabs>
    </Frame>
  )
}
