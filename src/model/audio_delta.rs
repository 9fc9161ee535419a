//! `delta.audio` of a spoken reply in a form that clients can join: SDKs add the strings of deltas up, so `data` is one
//! base64 text over all of them, `id` stands in the first alone, and `transcript` reads as one text. Pure.

use crate::wire::base64::STANDARD;
use crate::wire::json::json;
use serde_json::{Map, Value};

use crate::wire::spacing::needs_space;

/// Bytes that base64 takes at once, twice: what is left over waits for the next delta, so that none but the last is padded,
/// and none of bare samples ends within one (players of pcm16 read each delta by itself).
const GROUP_BYTES: usize = 6;

/// The deltas of one reply.
#[derive(Debug)]
pub struct AudioDeltas {
    id: String,
    is_named: bool,
    left_over: Vec<u8>,
    /// The end of the transcript so far.
    last: Option<char>,
}

impl AudioDeltas {
    /// Of a reply whose sound has this id.
    pub fn new(id: String) -> Self {
        Self {
            id,
            is_named: false,
            left_over: Vec::new(),
            last: None,
        }
    }

    /// Sound, and the phrase that begins with it.
    pub fn sound(&mut self, transcript: Option<&str>, bytes: &[u8]) -> Value {
        self.left_over.extend_from_slice(bytes);
        let whole = self.left_over.len() - self.left_over.len() % GROUP_BYTES;
        let whole: Vec<u8> = self.left_over.drain(..whole).collect();
        let mut fields = self.named();
        fields.insert("data".to_owned(), STANDARD.encode(whole).into());
        if let Some(text) = transcript {
            let space = if needs_space(self.last, text) { " " } else { "" };
            self.last = text.chars().next_back().or(self.last);
            fields.insert("transcript".to_owned(), format!("{space}{text}").into());
        }
        fields.into()
    }

    /// What went wrong with the voice. It says of which sound, also where that is known: nothing is joined to it.
    pub fn failed(&mut self, error: Value) -> Value {
        self.is_named = true;
        json!({"id": self.id, "error": error})
    }

    /// The last bytes, if some are left.
    pub fn finish(&mut self) -> Option<Value> {
        let rest = std::mem::take(&mut self.left_over);
        (!rest.is_empty()).then(|| {
            let mut fields = self.named();
            fields.insert("data".to_owned(), STANDARD.encode(rest).into());
            fields.into()
        })
    }

    fn named(&mut self) -> Map<String, Value> {
        let mut fields = Map::new();
        if !std::mem::replace(&mut self.is_named, true) {
            fields.insert("id".to_owned(), self.id.clone().into());
        }
        fields
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// What an SDK makes of deltas: the strings of each field, joined.
    fn joined(deltas: &[Value], name: &str) -> String {
        deltas
            .iter()
            .filter_map(|delta| delta.get(name)?.as_str())
            .collect()
    }

    #[test]
    fn joined_deltas_are_one_sound_with_one_id_and_a_transcript_that_reads() {
        let mut deltas = AudioDeltas::new("audio_1".into());
        let mut all = vec![
            deltas.sound(Some("Hello there."), b"abcd"),
            deltas.sound(None, b"e"),
            deltas.sound(Some("How are you?"), b"fghij"),
        ];
        all.extend(deltas.finish());
        assert_eq!(deltas.finish(), None);
        assert_eq!(joined(&all, "id"), "audio_1");
        assert_eq!(joined(&all, "transcript"), "Hello there. How are you?");
        assert_eq!(STANDARD.decode(joined(&all, "data")).unwrap(), b"abcdefghij");
    }

    #[test]
    fn an_error_has_the_id_also_where_sound_had_it_before() {
        let error = json!({"message": "m"});
        for has_begun in [false, true] {
            let mut deltas = AudioDeltas::new("a".into());
            if has_begun {
                deltas.sound(None, b"abcd");
            }
            assert_eq!(deltas.failed(error.clone()), json!({"id": "a", "error": error}));
            assert_eq!(deltas.sound(None, b"ab").get("id"), None);
        }
    }

    proptest! {
        #[test]
        fn however_the_sound_is_split_its_text_decodes(pieces in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..9), 0..9)) {
            let mut deltas = AudioDeltas::new("a".into());
            let mut all: Vec<Value> = pieces.iter().map(|piece| deltas.sound(None, piece)).collect();
            for delta in &all {
                prop_assert_eq!(STANDARD.decode(delta["data"].as_str().unwrap()).unwrap().len() % 2, 0);
            }
            all.extend(deltas.finish());
            prop_assert_eq!(STANDARD.decode(joined(&all, "data")).unwrap(), pieces.concat());
        }
    }
}
