/** An event with the fields that the browser's own class would carry. */
export class FakeEvent<Fields extends object> extends Event {
	constructor(type: string, fields: Fields) {
		super(type);
		Object.assign(this, fields);
	}
}

export const invalidState = (message: string) => new DOMException(message, 'InvalidStateError');
