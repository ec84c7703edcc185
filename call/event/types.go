package event

// The names below are public: clients filter by them, so none is ever renamed
// or used for something else.

// EventType implements Data.
func (CallStarted) EventType() Type { return "call.started" }

// EventType implements Data.
func (CallEnded) EventType() Type { return "call.ended" }

// EventType implements Data.
func (LegStarted) EventType() Type { return "leg.started" }

// EventType implements Data.
func (LegRinging) EventType() Type { return "leg.ringing" }

// EventType implements Data.
func (LegAnswered) EventType() Type { return "leg.answered" }

// EventType implements Data.
func (LegEnded) EventType() Type { return "leg.ended" }

// EventType implements Data.
func (Digit) EventType() Type { return "digit" }

// EventType implements Data.
func (PromptStarted) EventType() Type { return "prompt.started" }

// EventType implements Data.
func (PromptEnded) EventType() Type { return "prompt.ended" }

// EventType implements Data.
func (SpeechStarted) EventType() Type { return "speech.started" }

// EventType implements Data.
func (SpeechRecognized) EventType() Type { return "speech.recognized" }

// EventType implements Data.
func (NodeReached) EventType() Type { return "node.reached" }

// EventType implements Data.
func (NoMatch) EventType() Type { return "menu.no_match" }

// EventType implements Data.
func (Bridged) EventType() Type { return "bridged" }

// EventType implements Data.
func (Unbridged) EventType() Type { return "unbridged" }

// EventType implements Data.
func (ConferenceEntered) EventType() Type { return "conference.entered" }

// EventType implements Data.
func (ConferenceLeft) EventType() Type { return "conference.left" }

// EventType implements Data.
func (RecordingStarted) EventType() Type { return "recording.started" }

// EventType implements Data.
func (RecordingEnded) EventType() Type { return "recording.ended" }

// EventType implements Data.
func (RecordingPaused) EventType() Type { return "recording.paused" }

// EventType implements Data.
func (RecordingResumed) EventType() Type { return "recording.resumed" }

// EventType implements Data.
func (MessageRefused) EventType() Type { return "message.refused" }

// EventType implements Data.
func (TrunkChanged) EventType() Type { return "trunk.changed" }

// EventType implements Data.
func (LegEarlyMedia) EventType() Type { return "leg.early_media" }

// EventType implements Data.
func (Parked) EventType() Type { return "parked" }

// EventType implements Data.
func (Unparked) EventType() Type { return "unparked" }

// EventType implements Data.
func (LegHeld) EventType() Type { return "leg.held" }

// EventType implements Data.
func (LegResumed) EventType() Type { return "leg.resumed" }

// EventType implements Data.
func (LegReplaced) EventType() Type { return "leg.replaced" }

// EventType implements Data.
func (CallRefused) EventType() Type { return "call.refused" }

// EventType implements Data.
func (TransferRequested) EventType() Type { return "transfer.requested" }

// EventType implements Data.
func (TransferEnded) EventType() Type { return "transfer.ended" }

// EventType implements Data.
func (ScriptsChanged) EventType() Type { return "scripts.changed" }

// EventType implements Data.
func (FlowFailed) EventType() Type { return "flow.failed" }

// Kinds returns one zero value per type of event: the one table of what can
// happen. Documents, decoders and tests are made from it.
func Kinds() []Data {
	return []Data{
		CallStarted{},
		CallEnded{},
		LegStarted{},
		LegRinging{},
		LegEarlyMedia{},
		LegAnswered{},
		LegEnded{},
		Digit{},
		PromptStarted{},
		PromptEnded{},
		SpeechStarted{},
		SpeechRecognized{},
		NodeReached{},
		NoMatch{},
		Bridged{},
		Unbridged{},
		ConferenceEntered{},
		ConferenceLeft{},
		RecordingStarted{},
		RecordingEnded{},
		RecordingPaused{},
		RecordingResumed{},
		TransferRequested{},
		TransferEnded{},
		FlowFailed{},
		LegReplaced{},
		CallRefused{},
		MessageRefused{},
		TrunkChanged{},
		LegHeld{},
		LegResumed{},
		Parked{},
		Unparked{},
		ScriptsChanged{},
	}
}

// Known reports whether t names a type of event.
func Known(t Type) bool {
	for _, k := range Kinds() {
		if k.EventType() == t {
			return true
		}
	}
	return false
}
