/** What the record handler's module may export under Lambda: one of these. */
export const HANDLERS = ['handleRecord', 'handleBatch'] as const;

/** Makes the checkpoints itself, and under Lambda the event source mapping does. */
export const REFUSED_HANDLER = 'createRecordProcessor';
