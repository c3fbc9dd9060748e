import type { SnapshotFrom } from 'xstate';
import { isTakingPart, rejoinAfterReload } from '../store/next-row.ts';
import { locked, lookingAgain, lookingUp, lost, troubled } from './finding-states.ts';
import { visitSetup } from './setup.ts';
import { askingTab, elsewhere, takingOver } from './tab-states.ts';

/**
 * One person at the link of a room: finding it, getting ready, the call, and what comes after. A reload of a tab that
 * was in the call goes straight back in.
 *
 *     askingTab → lookingUp;   elsewhere → takingOver → lookingUp: another tab is in the call, until a person decides
 *     lookingUp → ready → settling → (loading) → inCall → ended ⇄ (rejoin);   inCall → cancelling → ready
 *     inCall → loading → inCall: the lobby closed, and the next call begins in front of it;   inCall → ready: a password
 *     inCall → lookingUp → settling: sent to another room, which the same visit goes into
 *     lookingUp → locked → ready: calls are turned off in the room, until they are not;   inCall → locked → refused
 *     lookingUp → lookingAgain → lost (404 twice);   troubled: the server does not answer, tries again by itself
 */
export const visitMachine = visitSetup.createMachine({
	id: 'visit',
	context: ({ input }) => {
		const back = rejoinAfterReload(input.row, input.tabId, input.now());
		return {
			input,
			hasLooked: false,
			room: null,
			server: null,
			name: input.preferences.name,
			wantsIn: back !== null && input.preferences.name !== '',
			isReturning: back !== null && input.preferences.name !== '',
			hasConsent: false,
			isMutedByCrowd: false,
			mutedBy: null,
			isCameraPaused: false,
			sentTo: null,
			password: undefined,
			passwordProblem: null,
			isMoved: false,
			error: null,
			failures: 0,
			pauseMs: 0,
			retryAt: null,
			// one that had no device before the reload is not asked for one after it
			withMedia: back === null || back.media.microphoneDevice !== null || back.media.cameraDevice !== null,
			isOpening: false,
			engine: null,
			call: null,
			ended: null,
			holder: input.row !== undefined && isTakingPart(input.row) ? (input.row.tabLease?.tabId ?? null) : null,
			isBeside: false,
			isAnswered: false,
			openedAt: input.now()
		};
	},
	invoke: [
		{
			src: 'media',
			id: 'media',
			onSnapshot: { actions: ['noteOpening', 'passMedia'] },
			input: ({ context: { input } }) => {
				const back = rejoinAfterReload(input.row, input.tabId, input.now())?.media ?? input.preferences;
				const { echoCancellation, noiseSuppression, autoGain, music } = input.preferences;
				return {
					capture: input.capture,
					processing: { echoCancellation, noiseSuppression, autoGain, music },
					microphone: { intent: back.microphone, chosen: back.microphoneDevice },
					camera: { intent: back.camera, chosen: back.cameraDevice }
				};
			}
		},
		{ src: 'tabs', id: 'tabs', input: ({ context }) => ({ openTabs: context.input.openTabs }) }
	],
	on: {
		// however late the answer: whoever is not in yet is asked
		TAB_ALIVE: { guard: 'isHolderAlive', target: '.elsewhere', actions: 'noteHolder' },
		// we are in no call: others may have it
		TAB_ASKED: {},
		TAB_TAKE_OVER: {},
		TAB_RELEASED: {}
	},
	initial: 'askingTab',
	states: {
		askingTab,
		elsewhere,
		takingOver,
		lookingUp,
		lookingAgain,
		troubled,
		lost,
		ready: {
			entry: 'forgetReturn',
			on: {
				TURN_ON: { actions: 'openDevices' },
				JOIN: { target: 'settling', actions: ['takeName', 'chooseMedia', 'openIfClosed', 'clearError'] }
			}
		},
		/** Join was pressed; a prompt may still be open. */
		settling: {
			always: [
				{ guard: 'isAllThere', target: 'inCall', actions: 'takeLoadedEngine' },
				{ guard: 'isSettled', target: 'loading' }
			],
			on: {
				CANCEL: { target: 'ready' }
			},
			after: { settleTimeout: 'loading' }
		},
		loading: {
			invoke: {
				src: 'loadEngine',
				input: ({ context }) => context.input,
				onDone: {
					target: 'inCall',
					actions: { type: 'takeEngine', params: ({ event }) => ({ engine: event.output }) }
				},
				onError: {
					target: 'ready',
					actions: { type: 'fail', params: ({ event }) => ({ error: event.error }) }
				}
			},
			on: { CANCEL: 'ready' }
		},
		inCall: {
			entry: ['startCall', 'hearArrival', 'holdCall'],
			exit: 'tellReleased',
			after: { longWait: { guard: 'isStillWaiting', actions: 'pauseCamera' } },
			on: {
				TAB_ASKED: { guard: 'isAskedAboutUs', actions: 'answerTab' },
				TAB_TAKE_OVER: { guard: 'isAskedAboutUs', actions: ['releaseDevices', 'giveUpCall'] },
				TAB_ALIVE: { guard: 'isHolderAlive', actions: 'noteAnswer' },
				LEAVE: { actions: ['releaseDevices', 'leaveCall'] },
				MUTED_BY: { actions: 'obeyMute' },
				PUBLISHING_REVOKED: { actions: 'closeRevoked' },
				ARRIVED: { guard: 'isCrowded', actions: 'muteInCrowd' },
				CANCEL: { target: 'cancelling', actions: 'leaveCall' },
				'xstate.done.actor.*': [
					{
						guard: { type: 'wasSent', params: ({ event }) => ({ output: event.output }) },
						target: 'lookingUp',
						actions: [
							'stopCall',
							{ type: 'goElsewhere', params: ({ event }) => ({ output: event.output }) },
							'wantBackIn'
						]
					},
					{
						guard: { type: 'lacksConsent', params: ({ event }) => ({ output: event.output }) },
						target: 'ready',
						actions: ['stopCall', 'askConsent']
					},
					{
						guard: { type: 'isUnstarted', params: ({ event }) => ({ output: event.output }) },
						target: 'loading',
						actions: 'stopCall'
					},
					{
						guard: { type: 'isForbidden', params: ({ event }) => ({ output: event.output }) },
						target: 'locked.looking',
						actions: ['stopCall', 'releaseDevices', 'markLocked']
					},
					{
						guard: { type: 'wasMovedToLobby', params: ({ event }) => ({ output: event.output }) },
						target: 'loading',
						actions: ['stopCall', 'markMoved']
					},
					{
						guard: { type: 'lacksPassword', params: ({ event }) => ({ output: event.output }) },
						target: 'ready',
						actions: [
							'stopCall',
							{ type: 'takePasswordProblem', params: ({ event }) => ({ output: event.output }) }
						]
					},
					{
						guard: { type: 'wasRefused', params: ({ event }) => ({ output: event.output }) },
						target: 'refused',
						actions: [
							'stopCall',
							'releaseDevices',
							{ type: 'takeRefusal', params: ({ event }) => ({ code: event.output.code }) }
						]
					},
					{
						target: 'ended',
						actions: [
							'stopCall',
							'releaseDevices',
							{ type: 'takeEnd', params: ({ event }) => ({ output: event.output }) }
						]
					}
				],
				'xstate.error.actor.*': {
					target: 'refused',
					actions: [
						'stopCall',
						'releaseDevices',
						{ type: 'takeRefusal', params: { code: 'server.unexpected' } }
					]
				}
			}
		},
		/** The page is back before Join; the call takes the time it needs to say goodbye to the server. */
		cancelling: {
			entry: 'forgetReturn',
			on: {
				TAB_ALIVE: {},
				TURN_ON: { actions: 'openDevices' },
				JOIN: { actions: ['takeName', 'chooseMedia', 'openIfClosed', 'wantIn'] },
				CANCEL: { actions: 'forgetReturn' },
				'xstate.done.actor.*': [
					{ guard: 'wantsIn', target: 'settling', actions: 'stopCall' },
					{ target: 'ready', actions: 'stopCall' }
				],
				'xstate.error.actor.*': { target: 'ready', actions: 'stopCall' }
			}
		},
		locked,
		/** The room did not let us in. */
		refused: {
			on: { TAB_ALIVE: {}, TRY_NOW: { target: 'lookingUp', actions: 'forgetReturn' } }
		},
		ended: {
			after: { oldNews: { actions: 'forgetOthers' } },
			on: {
				TAB_ALIVE: { guard: 'isHolderAlive', actions: 'noteHolder' },
				TAB_RELEASED: { guard: 'isReleasedToUs', actions: 'forgetHolder' },
				REJOIN: [
					{ guard: 'hasHolder', target: 'takingOver' },
					{ target: 'settling', actions: ['openIfClosed', 'markReturning'] }
				]
			}
		}
	}
});

/** The call is over, or was refused: until a person does something, nothing is in use. */
export const isOver = (visit: SnapshotFrom<typeof visitMachine>): boolean =>
	visit.matches('ended') || visit.matches('refused');
