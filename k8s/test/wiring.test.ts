import { describe, expect, test } from 'vitest'
import {
  baseManifests,
  canRender,
  type Manifest,
  ofKind,
  overlays,
  podLabels,
  renderManifests,
  selects,
  type Workload,
  workloads,
} from './manifests.ts'

const rendered: [string, () => Manifest[]][] = [
  ['base', baseManifests],
  ...(canRender
    ? overlays.map((name): [string, () => Manifest[]] => [name, () => renderManifests(`overlays/${name}`)])
    : []),
]

function containersOf(workload: Workload) {
  return workload.spec?.template.spec?.containers ?? []
}

function portsOf(workload: Workload) {
  return containersOf(workload).flatMap(({ ports }) => ports ?? [])
}

/** The workloads that a selector chooses. */
function chosenBy(manifests: readonly Manifest[], selector: Parameters<typeof selects>[0]): Workload[] {
  return workloads(manifests).filter((workload) => selects(selector, podLabels(workload)))
}

test('operators find the names they know', () => {
  const names = baseManifests().map(({ kind, metadata }) => `${kind}/${metadata.name}`)
  expect(names).toEqual(
    expect.arrayContaining([
      'Deployment/config-service',
      'Service/config-service',
      'PodDisruptionBudget/config-service-pdb',
      'StatefulSet/config-postgres',
      'Service/config-postgres',
      'StatefulSet/gateway',
      'Service/gateway-internal',
      'PodDisruptionBudget/gateway-pdb',
      'Deployment/http-service',
      'Service/http-service',
      'HorizontalPodAutoscaler/http-service-hpa',
      'PodDisruptionBudget/http-service-pdb',
      'Ingress/mod-bot-ingress',
    ]),
  )
})

test('the figures are those of the design', () => {
  const base = baseManifests()
  const byName = (name: string) => workloads(base).find(({ metadata }) => metadata.name === name)
  expect(byName('config-service')?.spec?.replicas).toBe(2)
  expect(byName('gateway')?.spec?.replicas).toBe(3)
  expect(byName('http-service')?.spec?.replicas, 'the autoscaler owns it').toBeUndefined()
  const requests = Object.fromEntries(
    workloads(base).map((workload) => [
      workload.metadata.name,
      containersOf(workload)[0]?.resources?.requests,
    ]),
  )
  expect(requests).toEqual({
    'config-service': { cpu: '20m', memory: '128Mi' },
    'config-postgres': { cpu: '100m', memory: '256Mi' },
    gateway: { cpu: '50m', memory: '256Mi' },
    'http-service': { cpu: '50m', memory: '256Mi' },
  })
  const gateway = ofKind(base, 'apps/v1 StatefulSet').find(({ metadata }) => metadata.name === 'gateway')
  expect(gateway?.spec?.volumeClaimTemplates?.[0]?.spec?.resources?.requests).toEqual({ storage: '1Gi' })
  const [hpa] = ofKind(base, 'autoscaling/v2 HorizontalPodAutoscaler')
  expect(hpa?.spec).toMatchObject({ minReplicas: 2, maxReplicas: 10 })
  expect(hpa?.spec?.behavior?.scaleDown?.stabilizationWindowSeconds).toBe(300)
  expect(
    Object.fromEntries(
      (hpa?.spec?.metrics ?? []).map(({ resource }) => [resource?.name, resource?.target.averageUtilization]),
    ),
  ).toEqual({ cpu: 70, memory: 80 })
})

describe.each(rendered)('%s', (_name, load) => {
  const manifests = load()

  test('every workload selects its own pods, and no other workload does', () => {
    for (const workload of workloads(manifests)) {
      const selector = workload.spec?.selector
      if (selector === undefined) throw new Error(`${workload.metadata.name} has no selector`)
      expect(chosenBy(manifests, selector).map(({ metadata }) => metadata.name)).toEqual([
        workload.metadata.name,
      ])
    }
  })

  test('every workload carries the labels operators filter by', () => {
    for (const workload of workloads(manifests)) {
      expect(podLabels(workload)).toMatchObject({
        app: 'mod-bot',
        component: expect.stringMatching(/^(config|gateway|http|postgres|monolith)$/),
        'app.kubernetes.io/name': expect.any(String),
        'app.kubernetes.io/component': expect.any(String),
      })
    }
  })

  test('every Service reaches one workload, on ports that its containers open', () => {
    for (const service of ofKind(manifests, 'v1 Service')) {
      const chosen = chosenBy(manifests, { matchLabels: service.spec?.selector ?? {} })
      expect(chosen).toHaveLength(1)
      const open = chosen.flatMap((workload) => portsOf(workload).map(({ name }) => name))
      for (const { targetPort } of service.spec?.ports ?? []) expect(open).toContain(targetPort)
    }
  })

  test('every StatefulSet has the Service that names its pods', () => {
    const services = ofKind(manifests, 'v1 Service').map(({ metadata }) => metadata.name)
    for (const set of ofKind(manifests, 'apps/v1 StatefulSet'))
      expect(services).toContain(set.spec?.serviceName)
  })

  test('the ingress, the autoscaler, the budgets and the monitors point at something', () => {
    const services = ofKind(manifests, 'v1 Service')
    for (const ingress of ofKind(manifests, 'networking.k8s.io/v1 Ingress')) {
      const backends = (ingress.spec?.rules ?? []).flatMap(({ http }) => http?.paths ?? [])
      expect(backends.length).toBeGreaterThan(0)
      for (const { backend } of backends) {
        const service = services.find(({ metadata }) => metadata.name === backend.service?.name)
        expect(service?.spec?.ports?.map(({ name }) => name)).toContain(backend.service?.port?.name)
      }
    }
    for (const { spec } of ofKind(manifests, 'autoscaling/v2 HorizontalPodAutoscaler')) {
      expect(workloads(manifests).map(({ metadata }) => metadata.name)).toContain(spec?.scaleTargetRef.name)
    }
    for (const { spec } of ofKind(manifests, 'policy/v1 PodDisruptionBudget')) {
      expect(chosenBy(manifests, spec?.selector ?? {})).toHaveLength(1)
    }
    for (const { spec } of ofKind(manifests, 'monitoring.coreos.com/v1 ServiceMonitor')) {
      const watched = services.filter(({ metadata }) => selects(spec.selector, metadata.labels ?? {}))
      expect(watched).toHaveLength(1)
      const ports = watched.flatMap((service) => service.spec?.ports?.map(({ name }) => name) ?? [])
      for (const { port } of spec.endpoints ?? []) expect(ports).toContain(port)
    }
  })

  test('no autoscaler may remove a gateway (T13)', () => {
    const scaled = ofKind(manifests, 'autoscaling/v2 HorizontalPodAutoscaler').map(
      ({ spec }) => spec?.scaleTargetRef,
    )
    expect(scaled.filter((target) => target?.kind !== 'Deployment')).toEqual([])
  })

  test('every container is probed on its metrics port, and limited', () => {
    for (const workload of workloads(manifests).filter((one) => podLabels(one)['component'] !== 'postgres')) {
      const [container] = containersOf(workload)
      expect(portsOf(workload)).toContainEqual(
        expect.objectContaining({ name: 'metrics', containerPort: 9090 }),
      )
      expect(container?.livenessProbe?.httpGet).toEqual({ path: '/livez', port: 'metrics' })
      expect(container?.readinessProbe?.httpGet).toEqual({ path: '/readyz', port: 'metrics' })
      expect(container?.startupProbe?.httpGet).toEqual({ path: '/livez', port: 'metrics' })
      expect(container?.resources?.requests).toEqual({ cpu: expect.any(String), memory: expect.any(String) })
      expect(container?.resources?.limits).toHaveProperty('memory')
    }
  })

  test('every pod runs restricted: not as root, on a read-only root, without capabilities or a cluster token', () => {
    for (const workload of workloads(manifests)) {
      const pod = workload.spec?.template.spec
      expect(pod?.automountServiceAccountToken).toBe(false)
      expect(pod?.securityContext).toMatchObject({
        runAsNonRoot: true,
        seccompProfile: { type: 'RuntimeDefault' },
      })
      expect(pod?.securityContext?.runAsUser).toBeGreaterThan(0)
      for (const container of containersOf(workload)) {
        expect(container.securityContext).toEqual({
          allowPrivilegeEscalation: false,
          readOnlyRootFilesystem: true,
          capabilities: { drop: ['ALL'] },
        })
      }
    }
  })

  test('a pod is given longer to end than its service takes', () => {
    for (const workload of workloads(manifests).filter((one) => podLabels(one)['component'] !== 'postgres')) {
      const pod = workload.spec?.template.spec
      const [container] = containersOf(workload)
      const graceMs = Number(container?.env?.find(({ name }) => name === 'SHUTDOWN_GRACE_MS')?.value)
      const preStopS = container?.lifecycle?.preStop?.sleep?.seconds ?? 0
      expect(graceMs).toBeGreaterThan(0)
      expect(pod?.terminationGracePeriodSeconds).toBeGreaterThanOrEqual(graceMs / 1000 + preStopS + 5)
    }
  })

  test('every volume that is mounted exists, and the other way round', () => {
    for (const workload of workloads(manifests)) {
      const claims =
        workload.kind === 'StatefulSet'
          ? (ofKind([workload], 'apps/v1 StatefulSet')[0]?.spec?.volumeClaimTemplates ?? []).map(
              ({ metadata }) => metadata?.name,
            )
          : []
      const volumes = (workload.spec?.template.spec?.volumes ?? []).map(({ name }) => name)
      const mounted = containersOf(workload)
        .flatMap(({ volumeMounts }) => volumeMounts ?? [])
        .map(({ name }) => name)
      expect(new Set(mounted)).toEqual(new Set([...claims, ...volumes]))
    }
  })

  test('secrets are named, never held', () => {
    expect(ofKind(manifests, 'v1 Secret')).toEqual([])
    const named = workloads(manifests).flatMap((workload) =>
      containersOf(workload).flatMap(({ env }) =>
        (env ?? []).flatMap(({ valueFrom }) => valueFrom?.secretKeyRef?.name ?? []),
      ),
    )
    expect(new Set([...named, 'modbot-env', 'config-service-secret'])).toEqual(
      new Set(['modbot-env', 'config-service-secret']),
    )
  })
})

describe('network policies', () => {
  const base = baseManifests()
  const policies = ofKind(base, 'networking.k8s.io/v1 NetworkPolicy')

  /** Which policies open a way into a workload's port from a peer that `from` accepts. */
  function waysInto(workload: Workload) {
    return policies
      .filter(({ spec }) => selects(spec?.podSelector ?? {}, podLabels(workload)))
      .flatMap(({ spec }) => spec?.ingress ?? [])
  }

  test('everything of ours is denied by default, both ways', () => {
    const deny = policies.find(({ metadata }) => metadata.name === 'mod-bot-default-deny')
    expect(deny?.spec).toEqual({
      podSelector: { matchLabels: { app: 'mod-bot' } },
      policyTypes: ['Ingress', 'Egress'],
    })
    for (const workload of workloads(base))
      expect(selects(deny?.spec?.podSelector ?? {}, podLabels(workload))).toBe(true)
  })

  test('only http-service is reached from the ingress controller', () => {
    const reached = workloads(base).filter((workload) =>
      waysInto(workload).some((rule) =>
        (rule.from ?? []).some(
          ({ namespaceSelector }) =>
            namespaceSelector?.matchLabels?.['kubernetes.io/metadata.name'] === 'ingress-nginx',
        ),
      ),
    )
    expect(reached.map(({ metadata }) => metadata.name)).toEqual(['http-service'])
    for (const { spec } of policies) {
      for (const rule of spec?.ingress ?? []) {
        expect(rule.from?.length, 'an empty `from` admits everyone').toBeGreaterThan(0)
        expect(rule.ports?.length, 'absent ports open all of them').toBeGreaterThan(0)
      }
    }
  })

  test('only config-service reaches PostgreSQL', () => {
    const postgres = workloads(base).find(({ metadata }) => metadata.name === 'config-postgres')
    if (postgres === undefined) throw new Error('no config-postgres')
    const peers = waysInto(postgres).flatMap(({ from }) => from ?? [])
    const admitted = workloads(base).filter((workload) =>
      peers.some(({ podSelector }) => podSelector !== undefined && selects(podSelector, podLabels(workload))),
    )
    expect(admitted.map(({ metadata }) => metadata.name)).toEqual(['config-service'])
  })

  test('each way out between our pods meets a way in on the same port', () => {
    for (const source of workloads(base)) {
      const rules = policies
        .filter(({ spec }) => selects(spec?.podSelector ?? {}, podLabels(source)))
        .flatMap(({ spec }) => spec?.egress ?? [])
      for (const rule of rules) {
        for (const { podSelector } of rule.to ?? []) {
          if (podSelector === undefined) continue
          for (const target of chosenBy(base, podSelector)) {
            const open = waysInto(target)
              .filter(({ from }) =>
                from?.some(
                  (peer) => peer.podSelector !== undefined && selects(peer.podSelector, podLabels(source)),
                ),
              )
              .flatMap(({ ports }) => ports ?? [])
              .map(
                ({ port }) =>
                  portsOf(target).find(({ name, containerPort }) => port === name || port === containerPort)
                    ?.containerPort,
              )
            for (const { port } of rule.ports ?? []) expect(open).toContain(port)
          }
        }
      }
    }
  })
})
