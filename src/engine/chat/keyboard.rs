//! The buttons of a message: which replies they offer, and the tokens that stand for them.

use jiff::civil::Date;

use super::super::{EngineError, ms};
use super::{Act, Talk};
use crate::channel::letter::{Offer, ReplyOffer};
use crate::channel::wording::{self, NUMBERS_MAX};
use crate::domain::delivery::Button;
use crate::domain::directive::Work;
use crate::domain::organisation::{Directory, Person, PersonId};
use crate::domain::reply::{self, Capacity, ReplyKind};
use crate::store::Tx;
use crate::store::assignments::Loaded;
use crate::store::batch::Batch;
use crate::store::telegram::{self, Token};

/// How long buttons under answers of the bot are known.
const ANSWERS_KNOWN_FOR: jiff::SignedDuration = jiff::SignedDuration::from_hours(90 * 24);

/// A fresh opaque token: 122 random bits.
pub(crate) fn fresh_token() -> String {
    format!("v1{}", data_encoding::BASE64URL_NOPAD.encode(uuid::Uuid::new_v4().as_bytes()))
}

/// The replies one person may give now to duties that are answered together.
pub(crate) fn offered(directory: &Directory, person: PersonId, loaded: &[&Loaded], on: Date) -> Vec<ReplyKind> {
    let mut found: Vec<ReplyKind> = Vec::new();
    for one in loaded {
        let capacities = reply::capacities(directory, &one.view.parties, person, on);
        let last_day = one.view.deadline.map(|deadline| deadline.last_day);
        let others = directory.members(one.about.unit, on).iter().any(|member| member.id != person);
        for kind in reply::offered(one.view.work, last_day, &capacities) {
            let sensible = kind != ReplyKind::Assign || others;
            if sensible && !found.contains(&kind) {
                found.push(kind);
            }
        }
    }
    // Together with others a duty keeps the order of the buttons.
    found.sort_by_key(|kind| ORDER.iter().position(|known| known == kind));
    found
}

const ORDER: [ReplyKind; 6] =
    [ReplyKind::Acknowledge, ReplyKind::Progress, ReplyKind::Done, ReplyKind::Extend, ReplyKind::NotOurs, ReplyKind::Assign];

fn waits_for_acknowledgement(directory: &Directory, person: PersonId, loaded: &Loaded, on: Date) -> bool {
    matches!(loaded.view.work, Work::NotAcknowledged | Work::Returned)
        && reply::capacities(directory, &loaded.view.parties, person, on).contains(&Capacity::Unit)
}

/// The buttons of a message with these items, each one duty or several that are answered together, in its order.
pub(crate) fn for_message(
    directory: &Directory,
    person: PersonId,
    on: Date,
    items: &[Vec<&Loaded>],
    key: &str,
) -> Vec<(ReplyOffer, Token)> {
    let button = |offer: Offer, act: Act, assignments: Option<Vec<i64>>| {
        let token = Token::of_message(fresh_token(), key, act.as_str(), assignments);
        (ReplyOffer { offer, token: token.token.clone() }, token)
    };
    let ids = |item: &Vec<&Loaded>| Some(item.iter().map(|loaded| loaded.id).collect::<Vec<_>>());
    if let [one] = items {
        let kinds = offered(directory, person, one, on);
        return kinds.into_iter().map(|kind| button(Offer::Reply(kind), Act::Reply(kind), ids(one))).collect();
    }
    let mut buttons = Vec::new();
    if items.iter().flatten().any(|loaded| waits_for_acknowledgement(directory, person, loaded, on)) {
        let kind = ReplyKind::Acknowledge;
        buttons.push(button(Offer::ToAll(kind), Act::Reply(kind), None));
    }
    let answerable = (1_u16..).zip(items).filter(|(_, item)| !offered(directory, person, item, on).is_empty());
    for (number, item) in answerable.take(NUMBERS_MAX) {
        let (offer, mut token) = button(Offer::Item(number), Act::Item, ids(item));
        token.argument = Some(number.to_string());
        buttons.push((offer, token));
    }
    buttons
}

impl Talk<'_> {
    /// A button under an answer of the bot.
    pub(super) fn button(&self, person: &Person, key: &str, act: Act, assignments: &[i64], argument: Option<String>) -> Token {
        Token {
            token: fresh_token(),
            message_key: key.to_owned(),
            act: act.as_str().to_owned(),
            person_id: Some(person.id.0),
            assignments: Some(assignments.to_vec()),
            argument,
            expires_at_ms: Some(ms(self.now + ANSWERS_KNOWN_FOR)),
        }
    }

    pub(super) async fn keep(&self, tx: &mut Tx, tokens: &[Token]) -> Result<(), EngineError> {
        telegram::forget_tokens(tx, ms(self.now)).await?;
        let mut batch = Batch::new(tx);
        telegram::insert_tokens(&mut batch, tokens, ms(self.now));
        Ok(batch.run(tx).await?)
    }

    /// The replies of duties that are answered together, as buttons under an answer of the bot.
    pub(super) async fn replies(
        &self,
        tx: &mut Tx,
        person: &Person,
        key: &str,
        loaded: &[&Loaded],
    ) -> Result<Vec<ReplyOffer>, EngineError> {
        let ids: Vec<i64> = loaded.iter().map(|loaded| loaded.id).collect();
        let kinds = offered(&self.directory, person.id, loaded, self.today());
        let tokens: Vec<(ReplyKind, Token)> =
            kinds.into_iter().map(|kind| (kind, self.button(person, key, Act::Reply(kind), &ids, None))).collect();
        self.keep(tx, &tokens.iter().map(|(_, token)| token.clone()).collect::<Vec<_>>()).await?;
        Ok(tokens.into_iter().map(|(kind, token)| ReplyOffer { offer: Offer::Reply(kind), token: token.token }).collect())
    }

    /// *Hủy thao tác* for these replies.
    pub(super) async fn undo_offer(
        &self,
        tx: &mut Tx,
        person: &Person,
        key: &str,
        assignments: &[i64],
        replies: &[i64],
    ) -> Result<ReplyOffer, EngineError> {
        let token = self.button(person, key, Act::Undo, assignments, Some(serde_json::json!(replies).to_string()));
        self.keep(tx, std::slice::from_ref(&token)).await?;
        Ok(ReplyOffer { offer: Offer::Undo, token: token.token })
    }

    /// The buttons a message of the outbox has by now. What it offered before keeps its tokens.
    pub(super) async fn of_message(&self, tx: &mut Tx, person: &Person, key: &str) -> Result<Vec<ReplyOffer>, EngineError> {
        let known: Vec<Token> =
            telegram::tokens_of(tx, key).await?.into_iter().filter(|token| token.person_id.is_none()).collect();
        let numbered: Vec<&Token> = known.iter().filter(|token| token.act == Act::Item.as_str()).collect();
        let today = self.today();
        if numbered.is_empty() {
            let Some(ids) = known.iter().find_map(|token| token.assignments.clone()) else { return Ok(Vec::new()) };
            let loaded = self.load(tx, &ids).await?;
            let loaded: Vec<&Loaded> = loaded.iter().collect();
            let mut offers = Vec::new();
            for kind in offered(&self.directory, person.id, &loaded, today) {
                let held = known.iter().find(|token| token.act == kind.as_str()).map(|token| token.token.clone());
                let token = if let Some(token) = held {
                    token
                } else {
                    let new = Token::of_message(fresh_token(), key, kind.as_str(), Some(ids.clone()));
                    self.keep(tx, std::slice::from_ref(&new)).await?;
                    new.token
                };
                offers.push(ReplyOffer { offer: Offer::Reply(kind), token });
            }
            return Ok(offers);
        }
        let mut offers = Vec::new();
        let mut waits = false;
        let mut numbers = Vec::new();
        for token in numbered {
            let loaded = self.load(tx, token.assignments.as_deref().unwrap_or_default()).await?;
            let loaded: Vec<&Loaded> = loaded.iter().collect();
            waits |= loaded.iter().any(|one| waits_for_acknowledgement(&self.directory, person.id, one, today));
            let number = token.argument.as_deref().and_then(|text| text.parse::<u16>().ok());
            if let Some(number) = number
                && !offered(&self.directory, person.id, &loaded, today).is_empty()
            {
                numbers.push((number, token.token.clone()));
            }
        }
        let acknowledge = ReplyKind::Acknowledge;
        if let (true, Some(all)) = (waits, known.iter().find(|token| token.act == acknowledge.as_str())) {
            offers.push(ReplyOffer { offer: Offer::ToAll(acknowledge), token: all.token.clone() });
        }
        numbers.sort_unstable();
        offers.extend(numbers.into_iter().map(|(number, token)| ReplyOffer { offer: Offer::Item(number), token }));
        Ok(offers)
    }

    /// The rows of a message of the outbox by now; buttons that open a page stay as they were.
    pub(super) async fn rows_of_message(
        &self,
        tx: &mut Tx,
        person: &Person,
        key: &str,
        undo: Option<ReplyOffer>,
        pages: &[Vec<Button>],
    ) -> Result<Vec<Vec<Button>>, EngineError> {
        let mut offers = self.of_message(tx, person, key).await?;
        offers.extend(undo);
        let mut rows = wording::keyboard(self.language(), &offers);
        rows.extend_from_slice(pages);
        Ok(rows)
    }
}
