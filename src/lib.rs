//! `dondoc` watches the deadlines of official directives, reminds the officials responsible and escalates when nobody answers.
//!
//! *Đôn đốc* is the administrative word for pressing until a thing is done. This page is the architecture, kept beside the code it
//! describes; the reasons behind it stand in `docs/adr`, the recipes for a change in `CONTRIBUTING.md`.
//!
//! # The way of a reminder
//!
//! One direction, no return trips:
//!
//! ```text
//!  config.toml ──load──▶ rules (policies, routes, calendar) ──┐
//!  facts (TOML, CSV, XLSX) ──read──▶ rows ──check, import──▶ FACTS in the store
//!  dispatch (.txt, .md, .docx, .pdf) ──text──▶ read ──▶ drafts ──propose──▶ a draft ──a person agrees──▶ facts
//!                                                             │
//!   wake (interval, next check, poke; carries nothing) ─▶ 0 OPEN     periods of recurring duties whose turn has come
//!                                                             ▼
//!                                                         1 PLAN     pure: facts + rules + calendar + now
//!                                                             │      → due reminders, next check, decisions
//!                                                             ▼
//!                                                         2 ROUTE    roles → people and channels, at this moment
//!                                                             ▼
//!                                                         3 PACK     items of one person, channel and kind → one message
//!                                                             ▼
//!                                                         4 CLAIM    check again, commit `sending`, then the wire
//!                                                             ▼
//!                                                         5 SETTLE   the verdict, its members, the next channel
//!                                                             ▼
//!                                                           person   reads it, answers
//!                                                             ▼
//!                                                         6 REPLY    one more fact, a journal entry, what it silences
//!                                                             └──▶ the next wake sees it. Nobody calls back.
//! ```
//!
//! 0. **Open** ([`engine::period`]) gives the next period of a recurring duty its assignment when the one before ends
//!    ([`domain::recurrence`]); nothing stands there in advance.
//! 1. **Plan** ([`engine::plan`], deciding in [`domain::planner`]) is a pure function. The daemon, the simulation, the demo and the tests
//!    call this one; there is no second implementation. Its laws are property tests: the same input gives the same plan; what was due and
//!    is recorded is not due again; nothing becomes due before `next_check`; every step has exactly one decision. The future is not
//!    stored, only when to look again.
//! 2. **Route** ([`engine::route`]) finds the holders of the roles now, not when the step was planned: acting holders, substitutes, vacancies
//!    ([`domain::organisation`]). What comes due in rest time waits for the opening here.
//! 3. **Pack** ([`engine::pack`]) makes one message of everything a person is to get over one channel, words it
//!    ([`channel::wording`]; a mail is laid out by a template of the office where there is one, [`engine::templates`]) and freezes it. For a unit in trial the trial mailbox takes the place of the person here
//!    ([`engine::trial`]).
//! 4. **Claim** ([`engine::deliver`]) compares revisions: an answer committed before the claim keeps the message from leaving. `sending` is
//!    committed before the first byte; no transaction is open across a network. What lay ready for an hour without being tried (a
//!    downtime, an outage, a night) is taken apart before the next routing and leaves with what came due since (`engine::unpacking`).
//! 5. **Settle** ([`engine::settle`]) records what the door answered: accepted, deferred, refused or uncertain. A refusal gives the members to
//!    the next channel of the person; without one the operators are told.
//! 6. **Reply** ([`engine::reply`]) is the one door for answers, whichever way they come; [`engine::undo`] takes one back within five
//!    minutes. What is pressed and written in a chat becomes a reply in [`engine::chat`], question by question. A weak one is kept and
//!    changes nothing ([`domain::reply::Doubt`]).
//!
//! A tick begins with one look ([`engine::drive::look`]): one statement says what is due, and verbs that would find nothing are left
//! out. Each transaction takes its bearings once ([`store::bearings`]), and its writes leave together ([`store::batch`]).
//!
//! A *wake* carries no payload. Whatever it was meant to say stands in the store; losing one costs delay and nothing else.
//!
//! # Floors
//!
//! A module uses the modules above it in this table and never one below or beside it. `tests/architecture.rs` reads the imports and fails
//! when that breaks.
//!
//! | Floor | Module | Holds | Never |
//! |---|---|---|---|
//! | 0 | [`domain`] | directives, deadlines, calendar, policies, planner, replies, states | async, SQL, serde, files, any `now()` |
//! | 0 | [`clock`] | the only caller of `now()` | |
//! | 0 | [`fault`] | where tests end the program or break a rule; empty without the feature `faults` | |
//! | 0 | [`diagnostic`] | problems with a place and a mend, and how they are shown | |
//! | 1 | [`tree`] | TOML and cells of tables as one tree with places, shared by the readers | files |
//! | 1 | [`archive`] | how large a ZIP archive proves to be, before anybody opens it | |
//! | 1 | [`document`] | bytes of .txt, .md, .docx, .pdf → plain text, or why not | facts, store, network |
//! | 1 | [`config`] | `config.toml` → rules and settings, every mistake at once | facts, store, channels |
//! | 1 | [`dispatch`] | the text of a dispatch → drafts of its directives, every doubt with its place | files, config, facts, store |
//! | 1 | [`facts`] | facts files (TOML, CSV, XLSX) → rows, every mistake at once | config, store, channels |
//! | 2 | [`store`] | facts, outbox and journal in SQLite or PostgreSQL | channels, engine |
//! | 2 | [`channel`] | wording, and the doors: mail, Telegram, folder, recording | store, engine |
//! | 3 | [`engine`] | the verbs: import, plan, route, pack, deliver, settle, reply, succeed, simulate | daemon, scheduler, command line |
//! | 4 | [`web`] | the page where a message is answered | business rules, script |
//! | 5 | [`daemon`] | wiring and life cycle: scheduler, workers, what comes in over Telegram, systemd | business rules |
//! | roof | [`cli`] | arguments, tables, JSON, exit codes | SQL, business rules |
//!
//! Wire types (rows, stored JSON, the JSON of commands) are written at their own edge; no domain type is `Serialize`.
//!
//! # States
//!
//! A reminder ([`domain::reminder::ReminderState`]) belongs to one step of one assignment:
//!
//! ```text
//!            ┌────────── routed anew ──────────┐
//!            ▼                                 │
//!  due ─▶ queued ──routed──▶ carried ──first acceptance──▶ delivered
//!            │                  └──nobody reached──▶ undeliverable      (both let the next rung go on)
//!            ├──not wanted any more──▶ cancelled    (comes due again when the reason falls away)
//!  passed ─▶ merged · missed · answered             (recorded, never sent)
//! ```
//!
//! A message ([`domain::delivery::MessageState`]) belongs to one person and one channel:
//!
//! ```text
//!  packed ──▶ queued ──claim──▶ sending ──taken──────▶ accepted
//!               │                 ├──not now────▶ deferred ───wait over───▶ sending
//!               │                 ├──answer lost▶ uncertain ──at once──────▶ sending    at most 3 in all, then held
//!               │                 ├──never──────▶ refused     its members go over the next channel
//!               │                 └─────────────▶ held        there is none: the operators are told
//!               └──what it says changed──▶ cancelled          deferred and uncertain too; members are routed anew
//! ```
//!
//! Accepted, refused and cancelled are final. A message that changed before it was ever transmitted leaves nothing but its journal entry.
//! Every exit has a reason code; that code is the answer to "why not". What a decision stood on ([`engine::grounds`]) is kept in
//! its journal entry; [`engine::why`] reads it back, and where nothing was kept computes it from the assignment as it stood
//! then ([`store::rewind`]). For a silence [`engine::why_not`] lets the planner decide again in that state, step by step, and
//! [`engine::part`] says what keeps this one person from it.
//!
//! A door answers a [`domain::delivery::Verdict`] and never retries by itself; the wait is a column of the row. What another run of the
//! daemon was sending when it ended is uncertain, and is sent again with the same text, subject and key.
//!
//! # Guards
//!
//! A guard ([`domain::guard::Guard`]) keeps messages back although they are due. It is a row that every transaction reads which opens periods,
//! plans, routes, packs or claims ([`engine::guard`]); what passes is a list of steps, and nothing is moved or re-dated while it stands.
//!
//! ```text
//!            raised ──▶ stands ──┬─ every working morning: the operators are told again
//!   who is told: operators       └─▶ lifted     what was ready is made anew; then the arrival rule, as after a downtime
//! ```
//!
//! | Guard | Reason code | Raised | Lets through | Lifted |
//! |---|---|---|---|---|
//! | `pause` | `paused` | `dondoc pause` | alarms | `dondoc resume` |
//! | `clone` | `muted-clone` | a store that has sent starts without the marker that says it lives there ([`store::house`]), or has sent what the log there does not know; any store whose marker names another place | nothing | `dondoc confirm` |
//! | `sent-log` | `sent-log-missing` | a store that has sent starts without its log, has lost what it recorded last ([`store::house`]), or was restored under several replicas | alarms | `dondoc confirm` |
//! | `clock` | `clock-in-doubt` | the clock on the wall differs by more than 120 s from the steady clock, from Telegram or from the mail server ([`clock::doubt`], [`engine::timekeeping`]) | reminders and alarms for an hour, then alarms | by itself when they agree; `dondoc confirm clock` |
//! | `storm` | `storm-held` | somebody was to get more than `[office] storm_limit` messages within an hour that neither rules nor an import let foresee ([`domain::storm`]) | everything but what waits for them | `dondoc confirm storm` |
//!
//! What has left stands also outside the store ([`store::sent_log`]), written before the commit that records it and read when a daemon starts
//! ([`engine::home`]): a reminder whose *trace* is in it was told, whatever the restored store says ([`engine::sent`]).
//!
//! A single row that breaks what handles it, by a panic or a value that does not read back, is held by itself ([`engine::poison`]):
//! its transaction is rolled back, the rows of that round are done one by one, and the operators get an alarm.
//!
//! # Replicas
//!
//! On SQLite one daemon holds the lock file. On PostgreSQL several share the work: their writing transactions take turns at the head of
//! the journal ([`store::Store::begin`]), so that every check holds until its commit; each shows that it lives by a heartbeat, sends nothing
//! when that is older than 5 s, and is fenced by the others after 7 s of silence ([`engine::incarnation`]). A verdict that comes after that
//! is kept as what happened and takes nothing away from the new owner ([`engine::deliver::mark`]).
//!
//! # When the store fails
//!
//! Without a record nothing is sent: the desk keeps verdicts until they are committed and claims nothing meanwhile. What can be done
//! by itself is done ([`store::aid`]): space set aside is freed on a full disk; after an error of the disk no open handle is believed,
//! the file is opened anew and checked. A damaged file is kept. `[office] alarm` gets one mail, the call of distress (`daemon::distress`), the only thing that
//! leaves without a record.
//!
//! # Time
//!
//! `now` is an argument: [`clock::Clock`] is asked once for each activation. Moments are counted in working time by
//! [`domain::calendar`], whose holidays are announced tables ([`domain::holidays`]) and, beyond them, the lunar calendar
//! ([`domain::lunar`]). The sentences of a policy are read in both languages by one grammar:
//!
//! ```
//! use dondoc::domain::sentence::parse_when;
//!
//! let vietnamese = parse_when("3 ngày làm việc trước hạn lúc 14:00");
//! assert!(vietnamese.is_ok());
//! assert_eq!(vietnamese, parse_when("3 working days before deadline at 14:00"));
//! ```
//!
//! # Glossary
//!
//! One word for one idea, in code, config and docs.
//!
//! | Word | Tiếng Việt | Meaning |
//! |---|---|---|
//! | dispatch | công văn, kế hoạch, chỉ thị, thông báo kết luận | the document; known by issuer, year and number |
//! | clause | khoản, điểm | where in it a directive stands: `1.e`; letters run a b c d đ e g h i k |
//! | directive | nhiệm vụ, nội dung chỉ đạo | one duty taken from a clause ([`domain::directive`]) |
//! | assignment | giao cho đơn vị | a directive for one responsible unit; answered and late on its own |
//! | lead, coordinating unit | chủ trì, phối hợp | who answers for it, who helps |
//! | assignee | người thực hiện | the person who acts; the head of the lead unit unless named |
//! | supervisor | lãnh đạo phụ trách | the leader in charge of a unit, or of one duty |
//! | state at import | hiện trạng khi nhập | where a duty stood on the list it came from; entered as replies ([`facts::StateFact`]) |
//! | heir, inherited | kế thừa | the unit that answers for what a renamed, merged or split one was given; names stay ([`engine::succeed`]) |
//! | monitor | người theo dõi, cơ quan đầu mối | accepts or returns results |
//! | deadline, extension | thời hạn, gia hạn | an extension keeps the day before it ([`domain::deadline`]) |
//! | period, series | kỳ, nhiệm vụ định kỳ | one turn of a recurring duty, and the row of them ([`domain::recurrence`]) |
//! | cut-off | ngày chốt số liệu | the day of the month on which the figures of a period are closed |
//! | target, pace, figure | chỉ tiêu, tiến độ, số liệu | a number to reach, where it should stand, where it stands ([`domain::target`]) |
//! | working calendar | lịch làm việc | working days, hours, holidays, days in lieu (nghỉ bù), swapped days (hoán đổi) |
//! | policy, step | quy tắc, bậc đôn đốc | the ladder and one rung of it ([`domain::policy`]) |
//! | reminder, escalation | nhắc việc, đôn đốc | a step that names the assignee, and one that does not |
//! | step of the house | | what every assignment has and no policy names ([`domain::planner::house`]): coordinating units, extensions, blocks |
//! | blocked | có vướng mắc | the unit waits; whoever it waits for is told until it goes on |
//! | transfer | chuyển đơn vị khác | what the unit had is withdrawn, the other unit has an assignment of its own |
//! | hold | tạm dừng đôn đốc | the monitor rests the ladder through a day |
//! | courtesy | báo trước | tells the assignee who will be told |
//! | copy | để biết | for information; asks nothing |
//! | template, rehearsal | mẫu thư, thử mẫu | the layout of a mail, built in or of the office; tried with sample letters before it holds ([`engine::templates`]) |
//! | draft, to agree | dự thảo, đồng ý | what was read of a dispatch; a row of it is a fact once a person agrees ([`facts::Proposal`], [`engine::propose`]) |
//! | quote | trích văn bản | the words of a directive in its dispatch, with file, digest, line and bytes |
//! | alias | tên khác | a name under which dispatches speak of a unit, as a person resolved it |
//! | trial | chạy thử | messages for a unit that is not live go to one mailbox and count for nothing ([`engine::trial`]) |
//! | digest | bản tổng hợp | a daily or weekly message of its own |
//! | brief | báo cáo tuần | what a weekly digest shows above its items: the 2×2 of the units a leader is in charge of ([`engine::brief`]) |
//! | tally, class, age | số liệu theo đơn vị, thời gian quá hạn | where assignments are counted, and for how many civil days they are late ([`domain::tally`]) |
//! | message, attempt | tin nhắn, lần gửi | what one person gets over one channel, and one try at sending it |
//! | reply | phản hồi | an answer, from acknowledgement to acceptance ([`domain::reply`]) |
//! | dialogue | | the questions a chat asks before a reply is complete; at most one a person, over after 15 minutes ([`engine::chat`]) |
//! | link | liên kết | which Telegram account is whose; made by a code, ended with the last appointment |
//! | page | trang trả lời | where one message is answered without logging in, by the address in it ([`web`], [`engine::answer`]) |
//! | doubt, weak reply | trả lời chờ xác nhận | may come from a program; kept, and no part of what is planned until a second signal ([`domain::reply::Doubt`]) |
//! | call of distress | cảnh báo vận hành | a mail to `[office] alarm`, without a record: the store takes none ([`engine::aid`]) |
//! | ballast | | space set aside beside the store, freed when the disk is full |
//! | journal | nhật ký | append-only record of every decision and act, each chained to the one before ([`store::journal`]) |
//! | grounds | căn cứ | what a decision stood on: sentence of the rule, counting of the calendar, state of the assignment ([`engine::grounds`]) |
//! | silence | vì sao chưa gửi | what became of one step, at one time, for one person who got nothing of it ([`engine::silence`]) |
//! | rest time | giờ nghỉ | outside the hours of a policy; nothing leaves then |
//! | rules epoch | | counts the rules a store has known; after each change a walk plans all rows anew |
//! | guard | | what keeps messages back although they are due ([`domain::guard`]) |
//! | alarm | | tells the operators of a guard; passes it |
//! | storm | | far more messages to one person within an hour than was foreseen ([`domain::storm`]) |
//! | trace | | by what a reminder to one person is known whatever numbers its rows have ([`engine::sent`]) |
//! | home | | where a daemon lives: the marker and the log beside its store ([`engine::home`]) |
//! | replica | tiến trình | one of several daemons on one PostgreSQL |
//! | incarnation | | one life of a daemon; what it sends names it ([`engine::incarnation`]) |
//! | to fence, lease | | to shut a silent incarnation out; what one replica does for all ([`store::lease`]) |
//!
//! Two axes, never one list: [`domain::directive::Work`] is what people said, [`domain::directive::TimeStatus`] is always derived.

pub mod archive;
pub mod channel;
pub mod cli;
pub mod clock;
pub mod config;
pub mod daemon;
pub mod diagnostic;
pub mod dispatch;
pub mod document;
pub mod domain;
pub mod engine;
pub mod facts;
pub mod fault;
pub mod store;
pub mod tree;
pub mod web;
