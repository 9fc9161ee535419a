//! `replay cut`: `{"chunks":[...], "language"?, "gaps_ms"?:[...]}` is one reply as it arrives; `gaps_ms[i]` is the time
//! before chunk `i`, or, with one entry less than chunks, between chunk `i` and the next. The answer lists what is spoken. Without gaps no time passes.

use hearken::segment::{Options, Phrase, Segmenter};
use serde_json::{Value, json};

use super::Answer;

/// Longest gap: a day.
const GAP_MS_MAX: u64 = 86_400_000;

/// One handler for a run; each line is a reply of its own.
pub fn handler() -> Box<dyn FnMut(&Value) -> Answer> {
    Box::new(cut)
}

fn cut(line: &Value) -> Answer {
    let chunks = line
        .get("chunks")
        .and_then(Value::as_array)
        .ok_or("chunks must be a list of strings")?;
    let gaps_ms = gaps_ms(line, chunks.len())?;
    let language = match line.get("language") {
        None | Some(Value::Null) => None,
        Some(Value::String(tag)) => Some(tag.clone()),
        Some(_) => return Err("language must be a string".into()),
    };
    let mut segmenter = Segmenter::new(Options {
        language,
        ..Options::default()
    });
    let mut phrases: Vec<Phrase> = Vec::new();
    let mut now_ms = 0u64;
    for (index, chunk) in chunks.iter().enumerate() {
        let chunk = chunk
            .as_str()
            .ok_or_else(|| format!("chunks[{index}] must be a string"))?;
        let arrival_ms = now_ms.saturating_add(gaps_ms.get(index).copied().unwrap_or(0));
        while let Some(deadline_ms) = segmenter
            .next_deadline_ms()
            .filter(|deadline_ms| *deadline_ms <= arrival_ms)
        {
            now_ms = now_ms.max(deadline_ms);
            phrases.extend(segmenter.tick(now_ms));
        }
        now_ms = arrival_ms;
        phrases.extend(segmenter.push(chunk, now_ms));
    }
    phrases.extend(segmenter.finish(now_ms));
    let spoken: Vec<String> = phrases.into_iter().map(|phrase| phrase.spoken).collect();
    Ok(json!({ "phrases": spoken }))
}

fn gaps_ms(line: &Value, chunks: usize) -> Result<Vec<u64>, String> {
    let gaps = match line.get("gaps_ms") {
        None | Some(Value::Null) => return Ok(Vec::new()),
        Some(gaps) => gaps.as_array().ok_or("gaps_ms must be a list of whole numbers")?,
    };
    let is_between = gaps.len() + 1 == chunks;
    if gaps.len() != chunks && !is_between {
        return Err(format!("gaps_ms has {} entries for {chunks} chunks", gaps.len()));
    }
    let gap_ms = |(index, gap): (usize, &Value)| {
        let gap_ms = gap
            .as_u64()
            .or_else(|| gap.as_f64().filter(|gap| *gap >= 0.0).map(|gap| gap as u64));
        gap_ms
            .filter(|gap_ms| *gap_ms <= GAP_MS_MAX)
            .ok_or_else(|| format!("gaps_ms[{index}] must be a number from 0 to {GAP_MS_MAX}"))
    };
    let first = is_between.then_some(Ok(0));
    first
        .into_iter()
        .chain(gaps.iter().enumerate().map(gap_ms))
        .collect()
}
