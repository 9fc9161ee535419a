//! What a turn may spend of its person's budget: reserved at the person's object before anything is asked for, settled
//! when the turn is over. Needs no request: whoever runs turns over another transport does the same.
//!
//! Invariant: a reservation is settled once, at the latest when the last who holds it lets it go, with what was spent by
//! then: a turn that failed before it cost anything gives all of it back.

use std::cell::Cell;
use std::rc::Rc;

use futures::channel::oneshot;

use super::speech::Spoken;
use super::spending;
use crate::config::{Amounts, Config};
use crate::memory::person::client::{Lost, PersonClient};
use crate::memory::person::ledger::until_midnight_s;
use crate::memory::person::protocol::Call;
use crate::memory::person::protocol::{ReserveAsk, Reserved};
use crate::model::forms::Whole;
use crate::platform::background::spawn;
use crate::platform::clock::now_ms;
use crate::platform::log;
use crate::upstream::outcome::Failure;
use crate::voice::speaker::Allowance;

/// What was reserved for one turn.
pub struct Reservation {
    reserved: Reserved,
    /// Of what is said to the model, estimated.
    input_tokens: u64,
    used: Cell<Amounts>,
    /// Gets what was spent; taken when the reservation is settled.
    settled: Cell<Option<oneshot::Sender<Amounts>>>,
}

/// Reserves what a turn may spend; `None` where nothing is counted: without budgets, or without a person.
///
/// # Errors
/// [`Lost`]: a budget that is used up, or an object that does not answer. Without it nobody knows what is left.
pub async fn reserve(
    config: &Config,
    person: Option<&str>,
    ask: ReserveAsk,
) -> Result<Option<Rc<Reservation>>, Lost> {
    let Some(name) = person.filter(|_| config.limits.has_budget()) else {
        return Ok(None);
    };
    let person = Rc::new(PersonClient::of(config, name)?);
    let (turn, input_tokens) = (ask.turn.clone(), ask.needed.tokens);
    let reserved = person.call(&Call::Reserve(ask)).await?;
    Ok(Some(Reservation::of(person, turn, reserved, input_tokens)))
}

impl Reservation {
    /// What the person's object has reserved for `turn`.
    pub fn of(
        person: Rc<PersonClient>,
        turn: String,
        reserved: Reserved,
        input_tokens: u64,
    ) -> Rc<Reservation> {
        let (done, settled) = oneshot::channel();
        // Begun now: a request whose client has left ends when nothing of it is under way, and begins nothing more.
        spawn(async move {
            let Ok(used) = settled.await else { return };
            // Repeated it is the same; lost, the reservation expires.
            for _ in 0..SETTLE_TRIES {
                let turn = turn.clone();
                match person.call::<()>(&Call::Settle { turn, used }).await {
                    Ok(()) => return,
                    Err(lost) => log::info(
                        &crate::wire::json::json!({"event": "settle_failed", "why": format!("{lost:?}")}),
                    ),
                }
            }
        });
        Rc::new(Reservation {
            reserved,
            input_tokens,
            used: Cell::default(),
            settled: Cell::new(Some(done)),
        })
    }

    /// The most that may be spent, and what is left of the day beside it.
    pub fn reserved(&self) -> Reserved {
        self.reserved
    }

    /// More was spent.
    pub fn spend(&self, amounts: Amounts) {
        self.used.set(self.used.get().plus(amounts));
    }

    /// What is said to the model was sent, and nothing came of it.
    pub fn spend_on_input(&self) {
        self.spend(Amounts::of_tokens(self.input_tokens));
    }

    /// A streamed reply was read, to its end or as far as it came; its provider says what it cost, or it is estimated.
    pub fn spend_on_reply(&self, reply: Option<&Whole>) {
        let estimate = |whole: &Whole| self.input_tokens + spending::written_tokens(&whole.said());
        // Too long to be kept: then all of it is taken for spent.
        let tokens = reply.map_or(self.reserved.granted.tokens, |whole| {
            whole.tokens().unwrap_or_else(|| estimate(whole))
        });
        self.spend(Amounts::of_tokens(tokens));
    }

    /// The same of a reply that was spoken; what a model thinks aloud is not in it.
    pub fn spend_on_spoken(&self, spoken: &Spoken) {
        let calls = spoken
            .tool_calls
            .as_ref()
            .map(ToString::to_string)
            .unwrap_or_default();
        let written = || spending::written_tokens(&spoken.written) + spending::written_tokens(&calls);
        let tokens = spoken.tokens.unwrap_or_else(|| self.input_tokens + written());
        self.spend(Amounts::of_tokens(tokens));
    }

    /// For who speaks on the turn's behalf.
    pub fn allowance(self: &Rc<Self>) -> Allowance {
        let budget = self.clone();
        Rc::new(move |characters| budget.speak(characters))
    }

    /// A voice is about to be asked for so many characters.
    ///
    /// # Errors
    /// The budget does not allow it: then they are not spoken.
    fn speak(&self, characters: u64) -> Result<(), Failure> {
        let asked = self.used.get().characters.saturating_add(characters);
        if asked > self.reserved.granted.characters {
            let retry_after_s = until_midnight_s(now_ms() as u64);
            return Err(Failure::BudgetSpent { retry_after_s });
        }
        self.spend(Amounts {
            characters,
            ..Amounts::NONE
        });
        Ok(())
    }

    /// Nothing more will be spent.
    pub fn settle(&self) {
        if let Some(settled) = self.settled.take() {
            let _ = settled.send(self.used.get());
        }
    }
}

/// How often what was spent is told before it is given up.
const SETTLE_TRIES: u32 = 3;

impl Drop for Reservation {
    fn drop(&mut self) {
        self.settle();
    }
}
