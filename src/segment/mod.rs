//! Cutting a stream of text into phrases that sound right when spoken one after another.
//!
//! A reply arrives in tokens; [`Segmenter`] reads what is spoken of it (`reader`, `inline`, `lookahead`), judges where a
//! phrase may end (`boundary`, `stop`, with the tables in `marks` and `abbreviations`) and decides where one does end
//! (`pace`, `choose`).
//!
//! What always holds:
//! - The phrases of a text do not depend on how it was split into chunks, as long as no time passes: every decision
//!   is made character by character, on what stands before it and a bounded look ahead. One exception: at the end
//!   of a thought that was never opened, what has not been given yet is dropped, and nothing else can be.
//! - Every speakable character of the text is in exactly one phrase, in order; no grapheme cluster is split (but
//!   for a cluster longer than a whole phrase, which no writing has); no phrase has more characters than
//!   [`Options::phrase_chars_max`]; each has something to say.
//! - Memory is bounded: about one phrase and the longest look ahead, whatever the text.
//!
//! Where a block (heading, list item, paragraph, table row) ends without a mark, its script's full stop is added, so
//! that it sounds ended; cells are parted with commas. Nothing else is added.
//!
//! Time is an argument and only ever makes phrases end earlier: see [`Segmenter::tick`].
//! Left out: how symbols, numbers and addresses are pronounced. That is the speech provider's own craft.

use std::ops::Range;

mod abbreviations;
mod address;
mod boundary;
mod choose;
mod citation;
mod direction;
mod formula;
mod inline;
mod lookahead;
mod marks;
mod pace;
mod phrase;
mod reader;
mod stop;
mod tags;

use crate::wire::boundaries::joins_previous;
use boundary::{After, Context, EndKind, EndVerdict, Judge, SpokenChar};
use pace::Pace;
use phrase::end_of;
pub use phrase::{Options, PHRASE_CHARS_MAX, PHRASE_CHARS_MAX_LEAST, Phrase, PhraseEnd};
use reader::{Piece, Reader, Style};

/// Cuts one reply. Feed it with [`Segmenter::push`], call [`Segmenter::tick`] when [`Segmenter::next_deadline_ms`] comes, and
/// [`Segmenter::finish`] at the end. Times are in milliseconds on any clock that does not go back.
#[derive(Debug, Clone)]
pub struct Segmenter {
    language: Option<String>,
    chars_max: usize,
    reader: Reader,
    items: Vec<SpokenChar>,
    /// Ends found in `items`, in order; all before `scanned` are known.
    ends: Vec<(usize, EndKind)>,
    scanned: usize,
    pending: Option<Piece>,
    first_cased_is_lower: Option<bool>,
    has_guillemets: bool,
    /// Speech size of all items so far, and of those already taken.
    size_total: usize,
    size_taken: usize,
    pace: Pace,
    phrases: usize,
}

impl Segmenter {
    /// A segmenter at the start of a reply.
    pub fn new(options: Options) -> Self {
        let primary = |tag: &String| {
            tag.split(['-', '_'])
                .next()
                .unwrap_or_default()
                .to_ascii_lowercase()
        };
        Self {
            language: options
                .language
                .as_ref()
                .map(primary)
                .filter(|tag| !tag.is_empty()),
            chars_max: options.phrase_chars_max.max(PHRASE_CHARS_MAX_LEAST),
            reader: Reader::default(),
            items: Vec::new(),
            ends: Vec::new(),
            scanned: 0,
            pending: None,
            first_cased_is_lower: None,
            has_guillemets: false,
            size_total: 0,
            size_taken: 0,
            pace: Pace::default(),
            phrases: 0,
        }
    }

    /// Takes the next chunk of the text, which arrived at `now_ms`, and gives the phrases it completes. What the
    /// time until then alone completes comes first, as from [`Segmenter::tick`].
    pub fn push(&mut self, chunk: &str, now_ms: u64) -> Vec<Phrase> {
        let mut phrases = self.tick(now_ms);
        if !chunk.is_empty() {
            self.pace.text_arrived(now_ms);
            self.reader.push(chunk);
            self.take_pieces(now_ms, &mut phrases);
        }
        phrases
    }

    /// Gives the phrases that need not wait any longer at `now_ms`. See `pace` for the times.
    pub fn tick(&mut self, now_ms: u64) -> Vec<Phrase> {
        let mut phrases = Vec::new();
        while self
            .times()
            .is_some_and(|times| now_ms >= times.settle_ms.min(times.clause_ms))
            && let Some(cut) = self.timed_cut().filter(|cut| cut.at_ms <= now_ms)
        {
            phrases.extend(self.cut(cut.position, cut.end));
        }
        phrases
    }

    /// When the next phrase is due if no text comes until then; `None` if nothing can be due. A tick at that time
    /// gives a phrase.
    pub fn next_deadline_ms(&self) -> Option<u64> {
        self.timed_cut().map(|cut| cut.at_ms)
    }

    /// Tells how much sound the listener still has ahead at `now_ms` (delivered or certain to be, not yet played).
    /// With little, phrases end sooner; text that waits is not cut before it is needed. Without any such word the segmenter
    /// goes by the phrase's place in the reply.
    pub fn set_buffered(&mut self, buffered_ms: u64, now_ms: u64) {
        self.pace.set_buffered(buffered_ms, now_ms);
    }

    /// Gives all that is left, as at the end of the text. More may be pushed after it: use it before a wait that is
    /// known to come, such as a tool call.
    pub fn finish(&mut self, now_ms: u64) -> Vec<Phrase> {
        let mut phrases = self.tick(now_ms);
        self.reader.settle();
        self.take_pieces(now_ms, &mut phrases);
        self.scan(After::End);
        self.decide(now_ms, &mut phrases);
        while self.items.iter().any(|item| item.ch != ' ') {
            let excess = self.forced_cut(self.chars_max);
            let (position, end) = excess.unwrap_or((self.items.len(), PhraseEnd::Sentence));
            phrases.extend(self.cut(position, end));
        }
        self.pending = Some(Piece::BlockBreak);
        phrases
    }

    fn take_pieces(&mut self, now_ms: u64, phrases: &mut Vec<Phrase>) {
        for piece in std::mem::take(&mut self.reader.out) {
            match piece {
                Piece::Char {
                    ch,
                    start,
                    end,
                    style,
                } => {
                    self.take_break(ch, start, now_ms);
                    self.take_char(ch, start..end, style, now_ms);
                    self.scan(After::Unknown);
                    self.decide(now_ms, phrases);
                }
                Piece::Forget => self.forget(phrases),
                piece => self.pending = Some(stronger(self.pending, piece)),
            }
        }
    }

    /// Drops what is not cut yet, and of what is cut the phrases that have not been given.
    fn forget(&mut self, phrases: &mut Vec<Phrase>) {
        self.phrases -= phrases.len();
        phrases.clear();
        self.items.clear();
        self.ends.clear();
        self.scanned = 0;
        self.pending = None;
        self.first_cased_is_lower = None;
        self.size_taken = self.size_total;
    }

    fn take_char(&mut self, ch: char, source: Range<usize>, style: Style, now_ms: u64) {
        // At the start of a phrase a mark that combines has lost its base.
        let is_orphan = self.items.is_empty() && !ch.is_alphanumeric() && (ch == ' ' || joins_previous(ch));
        let is_second_space = ch == ' ' && self.items.last().is_some_and(|last| last.ch == ' ');
        if is_orphan || is_second_space {
            return;
        }
        if ch.is_lowercase() || ch.is_uppercase() {
            self.first_cased_is_lower.get_or_insert(ch.is_lowercase());
        }
        self.has_guillemets |= ch == '«';
        self.add(SpokenChar {
            ch,
            source_start: source.start,
            source_end: source.end,
            at_ms: now_ms,
            size_total: 0,
            line_break: None,
            code: style == Style::Code,
            glue: style == Style::Glue,
        });
    }

    fn add(&mut self, item: SpokenChar) {
        self.size_total = self.size_total.saturating_add(marks::weight(item.ch));
        self.items.push(SpokenChar {
            size_total: self.size_total,
            ..item
        });
    }

    /// Writes the space or break that stands before `next` into the items.
    fn take_break(&mut self, next: char, offset: usize, now_ms: u64) {
        let Some(pending) = self.pending.take() else {
            return;
        };
        let Some(last) = self.items.last().copied() else {
            return;
        };
        if pending == Piece::Picture && (marks::is_terminator(next) || next == ',') {
            return;
        }
        let added = |ch, line_break| SpokenChar {
            ch,
            source_start: last.source_end.min(offset),
            source_end: last.source_end.min(offset),
            at_ms: now_ms,
            size_total: 0,
            line_break,
            code: false,
            glue: false,
        };
        let is_plain = last.ch.is_alphanumeric() || !is_ending(last.ch);
        let (mark, kind) = match pending {
            Piece::CellBreak if is_plain => (Some(if marks::is_cjk(last.ch) { '，' } else { ',' }), None),
            // A line that goes on in lower case was only wrapped.
            Piece::LineBreak if next.is_lowercase() => (None, Some(EndKind::Clause)),
            Piece::LineBreak | Piece::BlockBreak if is_plain => {
                (marks::full_stop_after(last.ch), Some(EndKind::Sentence))
            }
            Piece::LineBreak | Piece::BlockBreak if last.ch == ',' => (None, Some(EndKind::Clause)),
            Piece::LineBreak | Piece::BlockBreak => (None, Some(EndKind::Sentence)),
            _ => (None, None),
        };
        if let Some(mark) = mark {
            self.add(SpokenChar {
                glue: true,
                ..added(mark, None)
            });
        }
        if last.ch != ' ' {
            self.add(added(' ', kind));
        } else if let (Some(_), Some(space)) = (kind, self.items.last_mut()) {
            // A no-break space at the end of a line: the break takes its place and is judged anew.
            space.line_break = kind;
            self.scanned = self.scanned.min(self.items.len() - 1);
        }
    }

    fn context(&self, after: After) -> Context<'_> {
        Context {
            language: self.language.as_deref(),
            lower_case_style: self.first_cased_is_lower == Some(true),
            has_guillemets: self.has_guillemets,
            after,
        }
    }

    /// Finds the ends up to the first character that must wait.
    fn scan(&mut self, after: After) {
        let mut ends = std::mem::take(&mut self.ends);
        self.scanned = self.scan_into(after, &mut ends);
        self.ends = ends;
    }

    fn scan_into(&self, after: After, ends: &mut Vec<(usize, EndKind)>) -> usize {
        let judge = Judge {
            items: &self.items,
            context: self.context(after),
        };
        let mut index = self.scanned;
        while index < self.items.len() {
            match judge.verdict(index) {
                EndVerdict::Wait => break,
                EndVerdict::No => index += 1,
                EndVerdict::End(position, _) if self.is_inside_cluster(position) => index += 1,
                EndVerdict::End(position, kind) => {
                    ends.push((position, kind));
                    index = position.max(index + 1);
                }
            }
        }
        index
    }

    /// Cuts while the pace wants it; called after every character.
    fn decide(&mut self, now_ms: u64, phrases: &mut Vec<Phrase>) {
        loop {
            let aim = self.pace.aim(self.phrases, now_ms);
            let wanted = self.ends.iter().copied().find(|(position, kind)| {
                let size = self.size(*position);
                match kind {
                    EndKind::Sentence => size >= aim.sentence_min,
                    EndKind::Space => size >= aim.sentence_min.max(pace::SPACE_CLAUSE_MIN),
                    EndKind::Clause => size >= aim.clause_min,
                }
            });
            let wanted = wanted
                .filter(|(position, _)| *position <= self.chars_max)
                .map(|(position, kind)| (position, end_of(kind)));
            let clause = || self.outgrown_clause(aim.clause_max);
            let Some((position, end)) = wanted.or_else(clause).or_else(|| self.forced_cut(aim.size_max))
            else {
                return;
            };
            phrases.extend(self.cut(position, end));
        }
    }

    /// Speech size of the first `position` items.
    fn size(&self, position: usize) -> usize {
        let last = position
            .min(self.items.len())
            .checked_sub(1)
            .and_then(|index| self.items.get(index));
        last.map_or(0, |item| item.size_total - self.size_taken)
    }

    /// Takes the first `position` items as a phrase; none if they say nothing (they are dropped).
    fn cut(&mut self, position: usize, end: PhraseEnd) -> Option<Phrase> {
        let position = position.clamp(1, self.items.len().max(1));
        let taken: Vec<SpokenChar> = self.items.drain(..position.min(self.items.len())).collect();
        let gap = self.items.iter().take_while(|item| item.ch == ' ').count();
        self.items.drain(..gap);
        let removed = taken.len() + gap;
        self.size_taken = self
            .items
            .first()
            .map_or(self.size_total, |item| item.size_total - marks::weight(item.ch));
        self.scanned = self.scanned.saturating_sub(removed);
        self.ends.retain_mut(|(position, _)| {
            let is_left = *position > removed;
            *position = position.saturating_sub(removed);
            is_left
        });
        let speaks = taken.iter().any(|item| item.ch.is_alphanumeric());
        let spoken: String = taken.iter().map(|item| item.ch).collect();
        let (Some(first), Some(last)) = (taken.first(), taken.iter().rev().find(|item| item.ch != ' '))
        else {
            return None;
        };
        if !speaks {
            return None;
        }
        let phrase = Phrase {
            index: self.phrases,
            spoken: spoken.trim().to_owned(),
            source: first.source_start..last.source_end.max(first.source_start),
            end,
        };
        self.phrases += 1;
        Some(phrase)
    }
}

/// How long a phrase takes to say, as far as its letters tell, milliseconds.
pub fn speech_ms(spoken: &str) -> u64 {
    const LETTER_MS: usize = 65;
    (spoken.chars().map(marks::weight).sum::<usize>() * LETTER_MS) as u64
}

/// Of two breaks with nothing spoken between them, the one that counts.
fn stronger(first: Option<Piece>, second: Piece) -> Piece {
    let rank = |piece: Piece| match piece {
        Piece::Char { .. } | Piece::Forget => 0,
        Piece::Space => 1,
        Piece::Picture => 2,
        Piece::CellBreak => 3,
        Piece::LineBreak => 4,
        Piece::BlockBreak => 5,
    };
    match first {
        Some(first) if rank(first) >= rank(second) => first,
        _ => second,
    }
}

/// Whether a line that ends in `ch` needs no stop of its own.
fn is_ending(ch: char) -> bool {
    let is_mark = marks::mark_of(ch) != marks::Mark::None;
    is_mark || ch == ' '
}

#[cfg(test)]
mod tests;
