import { applicationOperations } from './operations/application-operations.ts'
import { chaosOperations } from './operations/chaos-operations.ts'
import { everydayOperations } from './operations/everyday-operations.ts'
import { faultOperations } from './operations/fault-operations.ts'
import { gatewayFaultOperations } from './operations/gateway-fault-operations.ts'
import { interactionOperations } from './operations/interaction-operations.ts'
import { loadOperations } from './operations/load-operations.ts'
import { messageOperations } from './operations/message-operations.ts'
import { reportOperations } from './operations/report-operations.ts'
import { timingOperations } from './operations/timing-operations.ts'
import { worldOperations } from './operations/world-operations.ts'

/** Every verb of the control API with its types, from which the client's are taken. */
export type ControlOperations = ReturnType<typeof worldOperations> &
  ReturnType<typeof messageOperations> &
  ReturnType<typeof interactionOperations> &
  ReturnType<typeof chaosOperations> &
  ReturnType<typeof everydayOperations> &
  ReturnType<typeof applicationOperations> &
  ReturnType<typeof faultOperations> &
  ReturnType<typeof gatewayFaultOperations> &
  ReturnType<typeof loadOperations> &
  ReturnType<typeof reportOperations> &
  ReturnType<typeof timingOperations>
