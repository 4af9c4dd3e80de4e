//! Floor 0: places where a test ends the program, and rules that a test breaks to see whether anybody notices. All of it is
//! behind the feature `faults`, which only tests switch on; without it every function here is empty.
//!
//! A *point* is named by what is about to happen or has just happened, and where: `before-commit@engine/deliver.rs:192`,
//! `before-send@channel/mod.rs:80`. In one process with its test, a hook decides at each point (`fault::hook`). A program of its own
//! takes two variables: `DONDOC_FAULT` names a point at which it aborts (`NAME`, or `NAME#3` for its third passing, or `#17`
//! for the seventeenth point passed of any name), or panics there with `DONDOC_FAULT_AS=panic`; `DONDOC_FAULT_LIST` names a file to
//! which every point passed is appended, `DONDOC_MUTANT` a [`Mutant`].

use std::panic::Location;

#[cfg(feature = "faults")]
pub use armed::{Act, Hook, hook, is_broken, mutate};

/// A rule of the protocol that a test can break.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Mutant {
    /// A message counts as accepted from its claim on.
    MarkBeforeSend,
    /// Each try of a message has a key of its own.
    KeyForEachTry,
    /// Who was silent for too long, or was shut out, goes on claiming and sending.
    FenceIgnored,
    /// A lost answer counts as a refusal.
    UncertainIsRefused,
    /// What is uncertain is sent again without end.
    UncertainForEver,
    /// An acceptance is recorded as a lost answer.
    AcceptedIsForgotten,
    /// Who reported a duty done is pressed on.
    DoneIsForgotten,
    /// Every policy is open at any hour.
    RestTimeIgnored,
    /// A day off is worked like any other.
    HolidaysIgnored,
    /// What passed before a duty became known is sent all the same.
    PastReplayed,
    /// The holders of posts are looked up once.
    PeopleOfYesterday,
    /// What a daemon was sending when it ended stays on the wire.
    OrphansStay,
    /// An acceptance is not written down.
    JournalSkipsAcceptance,
    /// The wait a channel asks for is not kept.
    RetryAfterIgnored,
    /// Each item is a message of its own.
    OneItemEach,
    /// The items of an accepted message stay open.
    ItemsStayOpen,
    /// What is refused goes over no other channel, and nobody is told.
    RefusalEndsAll,
    /// A chat that takes nothing any more is written to again.
    DeadChatLives,
    /// New rules do not have everything planned anew.
    EpochStays,
    /// A reply that may come from a program counts at once.
    WeakCounts,
    /// A reply leaves the revision of its assignment as it was.
    RevisionStays,
    /// A reply leaves the next check of its assignment as it was.
    CheckStays,
    /// The members of a message that is taken apart are not routed anew.
    UnpackedStays,
    /// A claim does not ask whether the hours are over.
    HoursUnchecked,
    /// A late verdict counts for the transmission that took over.
    LateVerdictCounts,
    /// Nobody acts for a post.
    ActingPassedOver,
    /// What is on its way counts as told.
    RungsDoNotWait,
    /// A daemon goes on by the rules it began with.
    RulesOfYesterday,
    /// A writing transaction begins as if it read.
    DeferredBegin,
}

impl Mutant {
    /// Each of them.
    pub const ALL: [Self; 29] = [
        Self::MarkBeforeSend,
        Self::KeyForEachTry,
        Self::FenceIgnored,
        Self::UncertainIsRefused,
        Self::UncertainForEver,
        Self::AcceptedIsForgotten,
        Self::DoneIsForgotten,
        Self::RestTimeIgnored,
        Self::HolidaysIgnored,
        Self::PastReplayed,
        Self::PeopleOfYesterday,
        Self::OrphansStay,
        Self::JournalSkipsAcceptance,
        Self::RetryAfterIgnored,
        Self::OneItemEach,
        Self::ItemsStayOpen,
        Self::RefusalEndsAll,
        Self::DeadChatLives,
        Self::EpochStays,
        Self::WeakCounts,
        Self::RevisionStays,
        Self::CheckStays,
        Self::UnpackedStays,
        Self::HoursUnchecked,
        Self::LateVerdictCounts,
        Self::ActingPassedOver,
        Self::RungsDoNotWait,
        Self::RulesOfYesterday,
        Self::DeferredBegin,
    ];

    /// Its name, as `DONDOC_MUTANT` takes it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::MarkBeforeSend => "mark-before-send",
            Self::KeyForEachTry => "key-for-each-try",
            Self::FenceIgnored => "fence-ignored",
            Self::UncertainIsRefused => "uncertain-is-refused",
            Self::UncertainForEver => "uncertain-for-ever",
            Self::AcceptedIsForgotten => "accepted-is-forgotten",
            Self::DoneIsForgotten => "done-is-forgotten",
            Self::RestTimeIgnored => "rest-time-ignored",
            Self::HolidaysIgnored => "holidays-ignored",
            Self::PastReplayed => "past-replayed",
            Self::PeopleOfYesterday => "people-of-yesterday",
            Self::OrphansStay => "orphans-stay",
            Self::JournalSkipsAcceptance => "journal-skips-acceptance",
            Self::RetryAfterIgnored => "retry-after-ignored",
            Self::OneItemEach => "one-item-each",
            Self::ItemsStayOpen => "items-stay-open",
            Self::RefusalEndsAll => "refusal-ends-all",
            Self::DeadChatLives => "dead-chat-lives",
            Self::EpochStays => "epoch-stays",
            Self::WeakCounts => "weak-counts",
            Self::RevisionStays => "revision-stays",
            Self::CheckStays => "check-stays",
            Self::UnpackedStays => "unpacked-stays",
            Self::HoursUnchecked => "hours-unchecked",
            Self::LateVerdictCounts => "late-verdict-counts",
            Self::ActingPassedOver => "acting-passed-over",
            Self::RungsDoNotWait => "rungs-do-not-wait",
            Self::RulesOfYesterday => "rules-of-yesterday",
            Self::DeferredBegin => "deferred-begin",
        }
    }
}

/// Passes a point; comes back at once unless a test wants the program to end here.
#[cfg(not(feature = "faults"))]
#[inline]
pub fn reach(_what: &'static str, _place: &'static Location<'static>) -> std::future::Ready<()> {
    std::future::ready(())
}

/// Whether a test has broken that rule.
#[cfg(not(feature = "faults"))]
#[inline]
pub const fn is_broken(_rule: Mutant) -> bool {
    false
}

/// Passes a point; comes back at once unless a test wants the program to end here.
#[cfg(feature = "faults")]
pub async fn reach(what: &'static str, place: &'static Location<'static>) {
    armed::reach(what, place).await;
}

#[cfg(feature = "faults")]
mod armed {
    use std::cell::{Cell, RefCell};
    use std::collections::BTreeMap;
    use std::io::Write as _;
    use std::panic::Location;
    use std::sync::{LazyLock, Mutex, PoisonError};

    use super::Mutant;

    /// What a hook wants at a point.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub enum Act {
        /// Nothing.
        Go,
        /// The program ends here: the future never comes back, and its owner drops it.
        Stop,
    }

    type Decide = Box<dyn FnMut(&str) -> Act>;

    thread_local! {
        static HOOK: RefCell<Option<Decide>> = const { RefCell::new(None) };
        static BROKEN: Cell<Option<Mutant>> = const { Cell::new(None) };
    }

    /// Takes the hook, or the mutant, away again when dropped.
    #[derive(Debug)]
    #[must_use = "dropped, it takes the hook away again"]
    pub struct Hook(());

    impl Drop for Hook {
        fn drop(&mut self) {
            HOOK.set(None);
            BROKEN.set(None);
        }
    }

    /// From now on `decide` is asked at every point passed on this thread (of a runtime of one thread).
    pub fn hook(decide: impl FnMut(&str) -> Act + 'static) -> Hook {
        HOOK.set(Some(Box::new(decide)));
        Hook(())
    }

    /// From now on that rule is broken on this thread.
    pub fn mutate(rule: Mutant) -> Hook {
        BROKEN.set(Some(rule));
        Hook(())
    }

    /// Whether a test has broken that rule.
    pub fn is_broken(rule: Mutant) -> bool {
        BROKEN.get() == Some(rule) || MUTANT.is_some_and(|broken| broken == rule)
    }

    static MUTANT: LazyLock<Option<Mutant>> = LazyLock::new(|| {
        let name = std::env::var("DONDOC_MUTANT").ok()?;
        let rule = Mutant::ALL.into_iter().find(|rule| rule.as_str() == name);
        assert!(rule.is_some(), "no mutant {name:?}");
        rule
    });

    static PANICS: LazyLock<bool> = LazyLock::new(|| std::env::var("DONDOC_FAULT_AS").is_ok_and(|how| how == "panic"));

    /// Where a program of its own aborts, and the file it lists its points in.
    struct Script {
        /// The name of a point, empty for any, and which passing of it.
        end: Option<(String, u64)>,
        list: Option<std::fs::File>,
        passed: BTreeMap<String, u64>,
        all: u64,
    }

    static SCRIPT: LazyLock<Option<Mutex<Script>>> = LazyLock::new(|| {
        let end = std::env::var("DONDOC_FAULT").ok().map(|fault| {
            let (name, passing) = fault.rsplit_once('#').unwrap_or((&fault, "1"));
            (name.to_owned(), passing.parse().expect("NAME#NUMBER"))
        });
        let list = std::env::var_os("DONDOC_FAULT_LIST");
        let list = list.map(|file| std::fs::File::options().create(true).append(true).open(file).expect("a list of points"));
        if end.is_none() && list.is_none() {
            return None;
        }
        Some(Mutex::new(Script { end, list, passed: BTreeMap::new(), all: 0 }))
    });

    impl Script {
        fn ends_at(&mut self, point: &str) -> bool {
            if let Some(list) = &mut self.list {
                // One write for one line, so that lines of two processes do not mix.
                list.write_all(format!("{point}\n").as_bytes()).expect("a list that can be written");
            }
            self.all += 1;
            let passed = self.passed.entry(point.to_owned()).or_default();
            *passed += 1;
            match &self.end {
                None => false,
                Some((name, passing)) if name.is_empty() => *passing == self.all,
                Some((name, passing)) => name == point && *passing == *passed,
            }
        }
    }

    pub(super) async fn reach(what: &'static str, place: &'static Location<'static>) {
        let name = || {
            let file = place.file().rsplit_once("src/").map_or(place.file(), |(_, file)| file);
            format!("{what}@{file}:{}", place.line())
        };
        if let Some(script) = &*SCRIPT
            && script.lock().unwrap_or_else(PoisonError::into_inner).ends_at(&name())
        {
            assert!(!*PANICS, "a test wants a panic here");
            std::process::abort();
        }
        let act = HOOK.with_borrow_mut(|hook| hook.as_mut().map_or(Act::Go, |decide| decide(&name())));
        if act == Act::Stop {
            std::future::pending::<()>().await;
        }
    }
}
