import * as v from 'valibot';

/** A device as it is remembered. Nothing secret: the browser gives each site ids of its own. */
export const StoredDevice = v.object({ deviceId: v.string(), label: v.string(), groupId: v.string() });
