//! `POST /v1/chat/completions`, the voice path: the model's tokens go to the client as they come, are cut into phrases
//! and spoken in step with the text, in one stream.
//!
//! A turn is one future: reading the model, speaking, and writing to the client are polled together and dropped
//! together, so a client that leaves closes every socket behind it at once.

use std::cell::{Cell, RefCell};
use std::future::Future;
use std::pin::pin;
use std::rc::Rc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use futures::channel::mpsc::UnboundedSender;
use futures::channel::{mpsc, oneshot};
use futures::future::{AbortHandle, Either, abortable, select};
use serde_json::{Value, json};
use worker::Delay;

use super::chat;
use super::error::ApiError;
use super::exchange::Exchange;
use super::failure;
use super::outlet::{self, Outlet, Pump};
use super::person::Told;
use super::reply::Reply;
use crate::config::{Clocks, Config};
use crate::model::client::{self, Opened};
use crate::model::request::ChatRequest;
use crate::model::spoken::VoiceAsk;
use crate::model::voiced::{self, Envelope, Part, Voiced};
use crate::platform::clock::now_ms;
use crate::platform::random::new_id;
use crate::turn::close::close;
use crate::turn::open;
use crate::turn::timing::{Ending, Entry, Timings};

use crate::segment::{self, Cutter};
use crate::upstream::chain::Ticket;
use crate::upstream::fetch::Origin;
use crate::upstream::outcome::{Clock, Failure};
use crate::voice::alarm::Alarm;
use crate::voice::narrate::{self, Narration, Order, Sound};
use crate::voice::phrases::Phrases;
use crate::voice::speaker::{self, Speaker};
use crate::voice::speech_client::stream_of;
use crate::voice::warm;
use crate::wire::escapes::whole_characters;

/// A phrase that would be due so soon without more text seems to be over.
const GUESS_MS: u64 = 200;
/// While text waits because there is sound ahead: how often to see whether there still is.
const LOOK_MS: u64 = 300;
/// How long a client may fetch the audio of a whole answer by its id: it cannot, so it is already over.
const AUDIO_EXPIRES_S: u64 = 3_600;

/// Text and sound in one stream of events.
///
/// # Errors
/// What the contract says of a model that does not answer.
pub async fn events(
    exchange: &Exchange,
    request: &ChatRequest,
    voice: VoiceAsk,
    heard: Option<String>,
    talk: open::Turn,
    timings: &Timings,
) -> Result<Reply, ApiError> {
    let told = Told::of(&talk);
    let begun = Begun::new(exchange, request, voice).await?;
    let (readable, outlet, pump) = outlet::outlet().ok_or_else(no_stream)?;
    let headers = begun.headers(exchange, timings, told);
    let turn = Turn::new(exchange, begun, Way::Events(outlet));
    let person = exchange.person(request.user.as_deref())?.unwrap_or_default();
    if let Some(words) = heard {
        turn.tell_heard(&words);
    }
    speak_on(exchange, turn, pump, talk, person, timings);
    Ok(headers.on(Reply::events(readable)))
}

/// The sound alone. The answer begins with the first sound, so that until then a failure has its own status.
///
/// # Errors
/// What the contract says of a model, or a voice, that does not answer.
pub async fn sound(
    exchange: &Exchange,
    request: &ChatRequest,
    voice: VoiceAsk,
    talk: open::Turn,
    timings: &Timings,
) -> Result<Reply, ApiError> {
    let told = Told::of(&talk);
    let voice = VoiceAsk {
        format: speaker::nearest(&exchange.config, voice.format),
        ..voice
    };
    let content_type = stream_of(voice.format).content_type();
    let begun = Begun::new(exchange, request, voice).await?;
    let (readable, outlet, pump) = outlet::outlet().ok_or_else(no_stream)?;
    let headers = begun.headers(exchange, timings, told);
    let (first, has_begun) = oneshot::channel();
    let turn = Turn::new(exchange, begun, Way::Sound(outlet, Cell::new(Some(first))));
    turn.narration.borrow_mut().is_sound_alone = true;
    let person = exchange.person(request.user.as_deref())?.unwrap_or_default();
    speak_on(exchange, turn, pump, talk, person, timings);
    match has_begun.await {
        Ok(Ok(())) => Ok(headers.on(Reply::audio(content_type, readable))),
        Ok(Err(error)) => Err(error),
        Err(_) => Err(failure::interrupted(None)),
    }
}

/// Speaks behind the answer until all is said or the client has left; then keeps what was spoken.
fn speak_on(
    exchange: &Exchange,
    turn: Turn,
    pump: outlet::Pump,
    talk: open::Turn,
    person: String,
    timings: &Timings,
) {
    let client = exchange.client();
    let (speaker, narration) = (turn.speaker.clone(), turn.narration.clone());
    let (steps, began_at_ms) = (timings.clone(), exchange.began_at_ms);
    exchange.context.wait_until(async move {
        select(Box::pin(run(turn, pump)), pin!(outlet::client_left(&client))).await;
        let narration = narration.take();
        steps.add(speech_step(&narration, began_at_ms));
        close(talk, narration.remembered()).await;
        learn(speaker, person, narration).await;
    });
}

/// Adds the spoken form of a whole answer to it: `message.audio`, as OpenAI does.
pub async fn whole(exchange: &Exchange, completion: String, voice: VoiceAsk, person: String) -> String {
    let read = |text: &str| serde_json::from_str::<Value>(text).ok();
    let Some(mut value) = read(&completion).or_else(|| read(&whole_characters(completion.clone()))) else {
        return completion;
    };
    let content = value
        .pointer("/choices/0/message/content")
        .and_then(Value::as_str);
    let Some(text) = content.map(str::to_owned) else {
        return completion;
    };
    let mut cutter = Cutter::new(segment::Options::default());
    let mut phrases = cutter.push(&text, 0);
    phrases.extend(cutter.finish(0));
    if phrases.is_empty() {
        return completion;
    }
    let (sender, receiver) = mpsc::unbounded();
    for phrase in phrases {
        let _ = sender.unbounded_send(Order::Say(phrase.spoken));
    }
    drop(sender);
    let speaker = speaker(exchange, voice);
    let mut data = Vec::new();
    let mut error = None;
    let narration = RefCell::default();
    narrate::narrate(&speaker, receiver, &narration, |sound| match sound {
        Sound::Bytes { bytes, .. } => data.extend(bytes),
        Sound::Failed(failures) => error = Some(failure::exhausted("speech", failures)),
    })
    .await;
    let narration = narration.into_inner();
    let mut audio = json!({
        "id": new_id("audio_"), "data": STANDARD.encode(&data), "transcript": narration.text(),
        "expires_at": (now_ms() / 1000.0) as u64 + AUDIO_EXPIRES_S,
    });
    exchange.context.wait_until(learn(speaker, person, narration));
    if let (Some(error), Some(fields)) = (error, audio.as_object_mut()) {
        fields.insert("error".into(), error_value(&error));
    }
    if let Some(message) = value
        .pointer_mut("/choices/0/message")
        .and_then(Value::as_object_mut)
    {
        message.insert("audio".into(), audio);
    }
    value.to_string()
}

fn no_stream() -> ApiError {
    ApiError::internal("hearken could not begin the stream")
}

fn error_value(error: &ApiError) -> Value {
    let body: Value = serde_json::from_str(&error.body()).unwrap_or_default();
    body.get("error").cloned().unwrap_or_default()
}

/// The step `speech`: from the request to the first sound, and how it went.
fn speech_step(narration: &Narration, began_at_ms: f64) -> Entry {
    let ending = match (narration.has_failed, narration.sound_at_ms) {
        (true, _) => Ending::Degraded("failed"),
        (false, Some(_)) => Ending::Done,
        (false, None) => Ending::Skipped("nothing_to_speak"),
    };
    Entry {
        name: "speech",
        duration_ms: narration.sound_at_ms.map_or(0.0, |at_ms| at_ms - began_at_ms),
        ending,
    }
}

/// Counts what was heard and keeps what may be kept, after the reply.
async fn learn(speaker: Speaker, person: String, narration: Narration) {
    let Some(phrases) = &speaker.phrases else { return };
    let missing = phrases.learn(&person, narration.heard).await;
    if !missing.is_empty() {
        // The client, whose signal stops its own turn, has nothing to do with this.
        let around = speaker.around.for_nobody();
        let maker = warm::speaker(&speaker.config, around, speaker.voice.clone());
        warm::fill(phrases, &maker, missing).await;
    }
}

fn speaker(exchange: &Exchange, voice: VoiceAsk) -> Speaker {
    Speaker {
        phrases: Phrases::new(&exchange.env, &exchange.config),
        config: exchange.config.clone(),
        around: exchange.surroundings(None),
        request_id: exchange.request_id.clone(),
        voice: voice.voice,
        format: voice.format,
        likeness: Rc::default(),
    }
}

/// A turn whose model has begun to answer.
struct Begun {
    voice: VoiceAsk,
    opened: Opened,
    ticket: Ticket,
    served_by: String,
}

struct Headers {
    served_by: String,
    timing: String,
    told: Told,
}

impl Headers {
    fn on(self, reply: Reply) -> Reply {
        self.told
            .on(reply)
            .header("x-served-by", self.served_by)
            .header("server-timing", self.timing)
    }
}

impl Begun {
    async fn new(exchange: &Exchange, request: &ChatRequest, voice: VoiceAsk) -> Result<Begun, ApiError> {
        let config = exchange.config.clone();
        let targets = request.model.targets(&config.llm);
        let around = exchange.surroundings(None);
        let origin = Origin {
            config: &config,
            around: &around,
            request_id: &exchange.request_id,
        };
        let begun = client::stream(origin, targets, request).await;
        let (opened, target, ticket) = begun.map_err(|failures| failure::exhausted("chat", &failures))?;
        Ok(Begun {
            served_by: target.to_string(),
            voice,
            opened,
            ticket,
        })
    }

    fn headers(&self, exchange: &Exchange, timings: &Timings, told: Told) -> Headers {
        Headers {
            told,
            served_by: self.served_by.clone(),
            timing: chat::server_timing(exchange, timings),
        }
    }
}

/// What the client gets of a turn.
enum Way {
    /// Text and sound as events.
    Events(Outlet),
    /// The sound alone; the first of it, or what went wrong before it, is told.
    Sound(Outlet, Cell<Option<oneshot::Sender<Result<(), ApiError>>>>),
}

/// One turn on its way.
struct Turn {
    config: Rc<Config>,
    began_at_ms: f64,
    speaker: Speaker,
    narration: Rc<RefCell<Narration>>,
    opened: Opened,
    ticket: Ticket,
    stage: Stage,
}

/// What reading and speaking share.
struct Stage {
    way: Way,
    reply: RefCell<Voiced>,
    audio_id: String,
    /// Why the text ended early.
    cut_short: RefCell<Option<ApiError>>,
    /// Stops reading and speaking.
    stop: Cell<Option<AbortHandle>>,
}

impl Turn {
    fn new(exchange: &Exchange, begun: Begun, way: Way) -> Turn {
        let created_s = (now_ms() / 1000.0) as u64;
        let envelope = Envelope::new(&new_id("chatcmpl-"), &begun.served_by, created_s);
        Turn {
            speaker: speaker(exchange, begun.voice),
            narration: Rc::default(),
            config: exchange.config.clone(),
            began_at_ms: exchange.began_at_ms,
            opened: begun.opened,
            ticket: begun.ticket,
            stage: Stage {
                way,
                reply: RefCell::new(Voiced::new(envelope)),
                audio_id: new_id("audio_"),
                cut_short: RefCell::default(),
                stop: Cell::default(),
            },
        }
    }
}

impl Turn {
    /// The first chunk: what was heard.
    fn tell_heard(&self, words: &str) {
        if let Way::Events(outlet) = &self.stage.way {
            let envelope = self.stage.reply.borrow().envelope.clone();
            outlet.send(voiced::heard_chunk(&self.opened.held, envelope, words).into_bytes());
        }
    }
}

/// Runs a turn to its end, and what writes it to the client beside it.
async fn run(turn: Turn, mut pump: Pump) {
    let is_whole = {
        let work = pin!(work(turn));
        let writing = pin!(pump.run());
        match select(work, writing).await {
            Either::Left((is_whole, writing)) => writing.await.is_ok() && is_whole,
            Either::Right(_) => false,
        }
    };
    pump.end(is_whole).await;
}

/// The work of a turn; whether the client's stream is to end cleanly.
async fn work(turn: Turn) -> bool {
    let Turn {
        config,
        began_at_ms,
        speaker,
        narration,
        opened,
        ticket,
        stage,
    } = turn;
    let left_ms = f64::from(config.turn_total_ms) - (now_ms() - began_at_ms);
    let deadline = Delay::from(Duration::from_millis(left_ms.max(0.0) as u64));
    let (phrases, cut_phrases) = mpsc::unbounded();
    {
        let reading = read(&stage, &narration, opened, ticket, &config.llm.clocks, phrases);
        let speaking = narrate::narrate(&speaker, cut_phrases, &narration, |sound| stage.sound(sound));
        let (both, stop) = abortable(futures::future::join(reading, speaking));
        stage.stop.set(Some(stop));
        if let Either::Right(_) = select(pin!(both), deadline).await {
            *stage.cut_short.borrow_mut() = Some(failure::interrupted(Some(Clock::Total)));
        }
    }
    let is_whole = stage.end(&narration.borrow());
    narration.borrow_mut().is_over = is_whole;
    is_whole
}

impl Stage {
    fn event(&self, data: &str) {
        if let Way::Events(outlet) = &self.way {
            outlet.send(framed(data));
        }
    }

    fn chunk(&self, audio: Value) {
        let chunk = self.reply.borrow().envelope.chunk(json!({ "audio": audio }));
        self.event(&chunk.to_string());
    }

    fn sound(&self, sound: Sound<'_>) {
        match (&self.way, sound) {
            (Way::Events(_), Sound::Bytes { transcript, bytes }) => {
                let mut audio = json!({"id": self.audio_id, "data": STANDARD.encode(&bytes)});
                if let (Some(text), Some(fields)) = (transcript, audio.as_object_mut()) {
                    fields.insert("transcript".into(), text.into());
                }
                self.chunk(audio);
            }
            (Way::Events(_), Sound::Failed(failures)) => {
                let error = failure::exhausted("speech", failures);
                self.chunk(json!({"id": self.audio_id, "error": error_value(&error)}));
            }
            (Way::Sound(outlet, first), Sound::Bytes { bytes, .. }) => {
                if !bytes.is_empty() {
                    tell(first, Ok(()));
                    outlet.send(bytes);
                }
            }
            (Way::Sound(_, first), Sound::Failed(failures)) => {
                // An answer that is an error is the end of the turn: nobody is there for the rest of it.
                if tell(first, Err(failure::exhausted("speech", failures)))
                    && let Some(stop) = self.stop.take()
                {
                    stop.abort();
                }
            }
        }
    }

    /// Says how the turn ended; whether the stream ends cleanly.
    fn end(&self, narration: &Narration) -> bool {
        let cut_short = self.cut_short.borrow_mut().take();
        match &self.way {
            Way::Events(outlet) => {
                match cut_short {
                    Some(error) => outlet.send(error.event().into_bytes()),
                    None => {
                        for data in self.reply.borrow_mut().take_last() {
                            self.event(&data);
                        }
                        self.event("[DONE]");
                    }
                }
                true
            }
            Way::Sound(_, first) => {
                let is_whole = cut_short.is_none() && !narration.has_failed;
                let error = cut_short.unwrap_or_else(|| {
                    ApiError::bad_gateway("the reply has nothing to be spoken").with_code("nothing_to_speak")
                });
                tell(first, Err(error));
                is_whole
            }
        }
    }
}

/// Tells how the answer begins; false if that was told before.
fn tell(first: &Cell<Option<oneshot::Sender<Result<(), ApiError>>>>, result: Result<(), ApiError>) -> bool {
    first.take().is_some_and(|first| {
        let _ = first.send(result);
        true
    })
}

fn framed(data: &str) -> Vec<u8> {
    let lines = data.split('\n').map(|line| format!("data: {line}\n"));
    let mut event: String = lines.collect();
    event.push('\n');
    event.into_bytes()
}

/// Reads the model's reply to its end: text goes to the client, phrases to the voice.
async fn read(
    stage: &Stage,
    narration: &RefCell<Narration>,
    mut opened: Opened,
    ticket: Ticket,
    clocks: &Clocks,
    phrases: UnboundedSender<Order>,
) {
    let mut reading = Reading {
        stage,
        narration,
        cutter: Cutter::new(segment::Options::default()),
        phrases,
        is_opening: true,
        is_done: false,
        failed: None,
        alarm: Alarm::default(),
    };
    let held = std::mem::take(&mut opened.held);
    reading.take(&held);
    let end = loop {
        if reading.is_done || reading.failed.is_some() {
            break Ok(());
        }
        match reading.ticking(opened.body.read_on(clocks)).await {
            Ok(Some(bytes)) => match &mut opened.translator {
                Some(translator) => reading.take(translator.push(&bytes).as_bytes()),
                None => reading.take(&bytes),
            },
            Ok(None) => {
                let parts = stage.reply.borrow_mut().finish();
                reading.hear(parts);
                break if reading.is_done {
                    Ok(())
                } else {
                    Err(Failure::Cut)
                };
            }
            Err(failure) => break Err(failure),
        }
    };
    let clock = match end {
        Err(Failure::Timeout(clock)) => Some(clock),
        _ => None,
    };
    match end {
        Ok(()) if reading.is_done => {
            let last = reading.cutter.finish(now_ms() as u64);
            reading.speak(last);
            return ticket.succeed();
        }
        Ok(()) => ticket.fail(reading.failed.unwrap_or(Failure::InBand)),
        Err(Failure::ClientLeft) => drop(ticket),
        Err(failure) => ticket.fail(failure),
    }
    *stage.cut_short.borrow_mut() = Some(failure::interrupted(clock));
}

struct Reading<'a> {
    stage: &'a Stage,
    narration: &'a RefCell<Narration>,
    cutter: Cutter,
    phrases: UnboundedSender<Order>,
    /// Whether the first phrase is still to come, and no guess at it was made.
    is_opening: bool,
    is_done: bool,
    failed: Option<Failure>,
    /// For the phrase that is due next.
    alarm: Alarm,
}

impl Reading<'_> {
    fn take(&mut self, bytes: &[u8]) {
        let parts = self.stage.reply.borrow_mut().push(bytes);
        self.hear(parts);
    }

    fn hear(&mut self, parts: Vec<Part>) {
        for part in parts {
            match part {
                Part::Forward(data) => self.stage.event(&data),
                Part::Say(text) => {
                    self.narration.borrow_mut().written.push_str(&text);
                    let now_ms = now_ms() as u64;
                    self.tell_supply(now_ms);
                    let phrases = self.cutter.push(&text, now_ms);
                    self.speak(phrases);
                    self.guess(now_ms);
                }
                Part::Pause => {
                    let phrases = self.cutter.finish(now_ms() as u64);
                    self.speak(phrases);
                }
                Part::Done => self.is_done = true,
                Part::Failed(failure) => self.failed = Some(failure),
            }
        }
    }

    /// The first phrase, where it is over as far as can be told, though the next token may prove otherwise.
    fn guess(&mut self, now_ms: u64) {
        let due = self.cutter.next_deadline_ms().filter(|_| self.is_opening);
        let Some(due_ms) = due.filter(|due_ms| due_ms.saturating_sub(now_ms) <= GUESS_MS) else {
            return;
        };
        let phrases = self.cutter.clone().tick(due_ms);
        if let Some(phrase) = phrases
            .into_iter()
            .next()
            .filter(|phrase| phrase.end == segment::PhraseEnd::Sentence)
        {
            self.is_opening = false;
            let _ = self.phrases.unbounded_send(Order::Guess(phrase.spoken));
        }
    }

    fn speak(&mut self, phrases: Vec<segment::Phrase>) {
        for phrase in phrases {
            self.is_opening = false;
            self.narration.borrow_mut().supply.ordered(&phrase.spoken);
            let _ = self.phrases.unbounded_send(Order::Say(phrase.spoken));
        }
    }

    /// Tells the cutter what the listener has ahead.
    fn tell_supply(&mut self, now_ms: u64) {
        if let Some(ahead_ms) = self.narration.borrow().supply.ahead_ms(now_ms) {
            self.cutter.set_buffered(ahead_ms, now_ms);
        }
    }

    /// Waits for `next`, and meanwhile gives the phrases that need not wait for more text.
    async fn ticking<T>(&mut self, next: impl Future<Output = T>) -> T {
        let mut next = pin!(next);
        let mut alarm = std::mem::take(&mut self.alarm);
        let value = loop {
            let now = now_ms() as u64;
            self.tell_supply(now);
            let Some(due_at_ms) = self.cutter.next_deadline_ms() else {
                break next.await;
            };
            let look_at_ms = due_at_ms.min(now + LOOK_MS);
            match select(next.as_mut(), pin!(alarm.until(look_at_ms as f64))).await {
                Either::Left((value, _)) => break value,
                Either::Right(_) if look_at_ms < due_at_ms => {}
                Either::Right(_) => {
                    // The clock may lag behind the timer; the timer is right.
                    let now = due_at_ms.max(now_ms() as u64);
                    self.tell_supply(now);
                    let phrases = self.cutter.tick(now);
                    self.speak(phrases);
                }
            }
        };
        self.alarm = alarm;
        value
    }
}
