//! The order of a spoken reply: phrases are synthesised a few at a time and delivered strictly one after another. Pure.
//!
//! Invariants, whatever the order in which pieces arrive: at most `ahead_max` phrases are begun and not delivered; what
//! comes out is phrase by phrase in the order of the reply, each once, each with its pieces in order and nothing
//! after its end. Pieces of the phrase whose turn it is are never kept back.
//!
//! What a piece is (bytes, a kept clip, the account of an attempt) is the caller's; so are clocks and networks.

use std::collections::VecDeque;

/// Phrases in the making at once: the one that is being delivered and two ahead of it.
pub const AHEAD_MAX: usize = 3;

/// What comes out, in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Delivery<P> {
    /// The next piece of phrase `0`.
    Piece(usize, P),
    /// Phrase `0` is over.
    End(usize),
}

#[derive(Debug)]
struct Slot<P> {
    index: usize,
    pieces: VecDeque<P>,
    is_over: bool,
}

/// The state of one reply.
#[derive(Debug)]
pub struct ReorderBuffer<T, P> {
    ahead_max: usize,
    waiting: VecDeque<T>,
    /// Begun and not delivered, in order.
    slots: VecDeque<Slot<P>>,
    begun: usize,
    is_closed: bool,
}

impl<T, P> ReorderBuffer<T, P> {
    /// An empty reply; `ahead_max` of 0 counts as 1.
    pub fn new(ahead_max: usize) -> Self {
        Self {
            ahead_max: ahead_max.max(1),
            waiting: VecDeque::new(),
            slots: VecDeque::new(),
            begun: 0,
            is_closed: false,
        }
    }

    /// Adds the next phrase of the reply.
    pub fn add(&mut self, phrase: T) {
        if !self.is_closed {
            self.waiting.push_back(phrase);
        }
    }

    /// There will be no more phrases.
    pub fn close(&mut self) {
        self.is_closed = true;
    }

    /// Drops the phrases that have not been begun, and takes no more.
    pub fn give_up(&mut self) {
        self.waiting.clear();
        self.is_closed = true;
    }

    /// The next phrase to begin, with its index, if one may begin now.
    pub fn begin(&mut self) -> Option<(usize, T)> {
        if self.slots.len() >= self.ahead_max {
            return None;
        }
        let phrase = self.waiting.pop_front()?;
        let index = self.begun;
        self.begun += 1;
        self.slots.push_back(Slot {
            index,
            pieces: VecDeque::new(),
            is_over: false,
        });
        Some((index, phrase))
    }

    /// A piece of a phrase has come. Pieces after the phrase's end, or of phrases unknown, are dropped.
    pub fn piece(&mut self, index: usize, piece: P) {
        if let Some(slot) = self.slot(index).filter(|slot| !slot.is_over) {
            slot.pieces.push_back(piece);
        }
    }

    /// A phrase is over: it has no more pieces.
    pub fn over(&mut self, index: usize) {
        if let Some(slot) = self.slot(index) {
            slot.is_over = true;
        }
    }

    fn slot(&mut self, index: usize) -> Option<&mut Slot<P>> {
        self.slots.iter_mut().find(|slot| slot.index == index)
    }

    /// What can be delivered now, one at a time, until `None`.
    pub fn deliver(&mut self) -> Option<Delivery<P>> {
        let head = self.slots.front_mut()?;
        let index = head.index;
        if let Some(piece) = head.pieces.pop_front() {
            return Some(Delivery::Piece(index, piece));
        }
        if !head.is_over {
            return None;
        }
        self.slots.pop_front();
        Some(Delivery::End(index))
    }

    /// Whether all of the reply has been delivered.
    pub fn is_done(&self) -> bool {
        self.is_closed && self.waiting.is_empty() && self.slots.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_phrase_whose_turn_it_is_passes_and_the_next_waits() {
        let mut buffer = ReorderBuffer::new(2);
        for phrase in ["a", "b", "c"] {
            buffer.add(phrase);
        }
        buffer.close();
        assert_eq!(
            (buffer.begin(), buffer.begin(), buffer.begin()),
            (Some((0, "a")), Some((1, "b")), None)
        );
        buffer.piece(1, 10);
        assert_eq!(buffer.deliver(), None);
        buffer.piece(0, 1);
        assert_eq!(buffer.deliver(), Some(Delivery::Piece(0, 1)));
        buffer.over(0);
        assert_eq!(buffer.deliver(), Some(Delivery::End(0)));
        assert_eq!(buffer.deliver(), Some(Delivery::Piece(1, 10)));
        assert_eq!(buffer.begin(), Some((2, "c")));
        assert!(!buffer.is_done());
    }

    #[test]
    fn giving_up_lets_what_has_begun_come_to_its_end() {
        let mut buffer: ReorderBuffer<u8, u8> = ReorderBuffer::new(1);
        buffer.add(1);
        buffer.add(2);
        buffer.begin();
        buffer.give_up();
        buffer.over(0);
        buffer.add(3);
        assert_eq!((buffer.deliver(), buffer.begin()), (Some(Delivery::End(0)), None));
        assert!(buffer.is_done());
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(200))]

        /// Any interleaving of phrases, pieces and ends comes out in order and whole, with a bounded number begun.
        #[test]
        fn order_holds_for_every_interleaving(
            lengths in prop::collection::vec(0usize..5, 0..12),
            ahead_max in 0usize..5,
            choices in prop::collection::vec(any::<prop::sample::Index>(), 0..400),
        ) {
            let mut buffer = ReorderBuffer::new(ahead_max);
            let mut out = Vec::new();
            let (mut added, mut ended) = (0, 0);
            // Phrases in the making: index and pieces already sent.
            let mut making: Vec<(usize, usize)> = Vec::new();
            let mut choices = choices.into_iter();
            for _ in 0..2_000 {
                if buffer.is_done() {
                    break;
                }
                let choice = choices.next();
                let pick = |count: usize| choice.as_ref().map_or(0, |choice| choice.index(count));
                if added < lengths.len() && pick(3) == 0 {
                    buffer.add(added);
                    added += 1;
                } else if added == lengths.len() {
                    buffer.close();
                }
                while let Some((index, phrase)) = buffer.begin() {
                    prop_assert_eq!(index, phrase);
                    making.push((index, 0));
                }
                prop_assert!(making.len() + out.iter().filter(|one| matches!(one, Delivery::End(_))).count() <= added);
                if !making.is_empty() {
                    let at = pick(making.len());
                    let (index, sent) = making[at];
                    if sent < lengths[index] {
                        buffer.piece(index, sent);
                        making[at].1 += 1;
                    } else {
                        buffer.over(index);
                        buffer.piece(index, 99); // Too late.
                        making.remove(at);
                        ended += 1;
                    }
                }
                while let Some(delivery) = buffer.deliver() {
                    out.push(delivery);
                }
                let delivered = out.iter().filter(|one| matches!(one, Delivery::End(_))).count();
                prop_assert!(ended + making.len() - delivered <= ahead_max.max(1), "too many begun");
            }
            prop_assert!(buffer.is_done());
            let expected: Vec<_> = lengths
                .iter()
                .enumerate()
                .flat_map(|(index, length)| (0..*length).map(move |piece| Delivery::Piece(index, piece)).chain([Delivery::End(index)]))
                .collect();
            prop_assert_eq!(out, expected);
        }
    }
}
