import type { Device, DeviceChoice, DeviceKind } from '../../domain/media/capture.ts';

const kinds: Record<MediaDeviceKind, DeviceKind> = {
	audioinput: 'microphone',
	videoinput: 'camera',
	audiooutput: 'speaker'
};

export const toDevice = ({ kind, deviceId, groupId, label }: MediaDeviceInfo): Device => ({
	kind: kinds[kind],
	deviceId,
	groupId,
	label
});

/**
 * Finds a remembered device among those present: by id; else by label and group; else by label alone, since browsers
 * renew ids and groups together when site data is cleared.
 * @returns the id to prefer: the remembered one when nothing matches, which the browser ignores if it does not know it
 */
export function preferredDeviceId(
	choice: DeviceChoice,
	kind: DeviceKind,
	present: readonly Device[]
): string {
	const candidates = present.filter((device) => device.kind === kind && device.deviceId !== '');
	const isSameLabel = ({ label }: Device) => label !== '' && label === choice.label;
	const found =
		candidates.find(({ deviceId }) => deviceId === choice.deviceId) ??
		candidates.find((device) => isSameLabel(device) && device.groupId === choice.groupId) ??
		candidates.find(isSameLabel);
	return found?.deviceId ?? choice.deviceId;
}
