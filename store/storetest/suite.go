package storetest

import (
	"testing"

	"tandem/store"
)

// Engine is one of the two databases, new and empty.
type Engine struct {
	Name string
	URL  func(tb testing.TB) string // of an empty database; empty: SQLite
}

// Engines are both.
func Engines() []Engine {
	return []Engine{
		{Name: "sqlite", URL: func(testing.TB) string { return "" }},
		{Name: "postgres", URL: Postgres},
	}
}

// Open opens a store and closes it when the test ends.
func Open(tb testing.TB, cfg store.Config) *store.Store {
	tb.Helper()
	s, err := store.Open(tb.Context(), cfg)
	if err != nil {
		tb.Fatalf("open: %v", err)
	}
	tb.Cleanup(func() {
		if err := s.Close(); err != nil {
			tb.Errorf("close: %v", err)
		}
	})
	return s
}

// Suite runs every test of the store's contract on one engine.
func Suite(t *testing.T, e Engine) {
	t.Helper()
	for _, c := range []struct {
		name string
		test func(*testing.T, store.Config)
	}{
		{"AppliedTwiceChangesNothing", appliedTwice},
		{"SnapshotShowsWhatTheSiteDeclares", snapshot},
		{"NothingIsHalfApplied", halfApplied},
		{"TwoPlansOnOneState", movedState},
		{"WhoGoesAwayHindersNobody", abandoned},
		{"StateInMemoryIsWhatARestartReads", heldState},
		{"ManyChangeTheRecordsAtOnce", manyEditors},
		{"PruneTakesTheRestAway", prune},
		{"FinishedCallIsInTheLog", finishedCall},
		{"CallsArePagedNewestFirst", paging},
		{"BegunCallIsFinishedAsInterrupted", interruptedCall},
		{"CallNumbersAreNeverGivenTwice", callNumbers},
		{"EventsLieInOneOrder", oneOrder},
		{"EventsAreFoundByWhatTheyAre", filters},
		{"EventsOfAChangeShowTheRecord", changeEvents},
		{"WhatIsToldOfACallIsInTheLog", toldCall},
		{"DeliveriesKeepTheOrderOfTheirSubject", deliveries},
		{"DeliveriesAreLogged", deliveryLog},
		{"WhatSignsForAnAccount", signing},
		{"CallsAreFoundByWhatTheyAre", callFilters},
		{"CallsThatAreOverAreMarked", marks},
		{"SpecL11_X12_L13_MissedCallsAreToldUntilSomebodyCallsBack", notices},
		{"SpecA14_WhatUsersWereDoing", statusHistory},
		{"SecretsAnswersAndUse", keptThings},
		{"AuditLogIsPaged", auditPages},
		{"CreditIsKept", credit},
		{"SpecM2_MessagesLieInTheOrderOfTheLog", messageOrder},
		{"SpecM8_ARepeatIsTheSameMessage", messageRepeats},
		{"SpecL20_WhoSaidStopIsLeftAlone", messageStop},
		{"SpecL21_GuardsSlide", messageGuards},
		{"SpecL18_AConversationIsOneNumberAndOnePeer", messageConversations},
		{"SpecL18_CallsBelongToConversations", calledConversations},
		{"SpecL18_ConversationsAreFoundByWhatTheyAre", conversationFilters},
		{"MessagesAreFoundByWhatTheyAre", messageFilters},
		{"SpecM6_SegmentsWaitForEachOther", segments},
		{"SpecM6_CrowdsOfSegmentsAreBounded", crowds},
		{"SpecL20_TheListOfThoseWhoWantNone", optOuts},
		{"SpecM2_LanesKeepTheirOrder", lanes},
		{"SpecM2_AnotherRouteKeepsThePlace", fallback},
		{"SpecM7_L19_StatesAreToldOnce", states},
		{"SpecM7_ReceiptsFindTheirMessage", receipts},
		{"SpecM8_WhatWasUnderWayIsInDoubt", recovery},
		{"SpecM7_WhatNobodyTookFailed", expiry},
		{"SpecM2_ManyClaimAtOnce", claimers},
		{"WhatWaitsIsCounted", figures},
		{"ManyReadersWhileCallsEnd", readers},
		{"RefusedEntryHoldsUpNoOther", refusedEntry},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.test(t, store.Config{URL: e.URL(t), DataDir: t.TempDir()})
		})
	}
}
