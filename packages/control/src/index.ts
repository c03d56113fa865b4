/**
 * Following and leading `control`, the topic of maps (ADR 21). In: a control log. Out: the map in force, reports, the coordinator.
 */
export {};
