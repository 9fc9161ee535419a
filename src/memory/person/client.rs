//! The Worker's way to a person's object: its name, and calls with a deadline.

use hmac::{Hmac, Mac};
use sha2::Sha256;

use crate::config::{ApiKey, Auth, Config};
use crate::memory::person::protocol::{Call, CallRefusal, REFUSED};
use crate::platform::clock::timeout_ms;
use crate::platform::isolate;
use crate::platform::objects;
use crate::wire::base64::URL_SAFE_NO_PAD;
use crate::wire::json::{self, FromJson};

/// The namespace of the objects.
pub const BINDING: &str = "PERSON";
/// Extraction on request waits for the model, twice at most for a batch.
const FLUSH_MS: u32 = 280_000;
/// Storing a fact waits for its embedding; lists and exports read much.
const STORE_MS: u32 = 20_000;

/// Why an object did not answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Lost {
    /// There is no namespace: the deployment lacks its binding.
    NotConfigured,
    /// Not within the deadline.
    Late,
    /// The call broke.
    Broken,
    /// The object refused.
    Refused(CallRefusal),
}

/// The secret that keys names and cache keys. Under `AUTH=local` without one it is a fixed word: state on a laptop
/// must survive a restart.
pub fn secret(config: &Config) -> Option<&str> {
    let own = config
        .memory
        .person_secret
        .as_ref()
        .map(|secret| secret.0.as_str());
    match config.auth {
        Auth::Local => own.or(Some("hearken local")),
        Auth::Required => own
            .or(config.session_secret.as_deref())
            .or(config.api_keys.first().map(ApiKey::configured)),
    }
}

/// The object's name: a keyed hash, from which nobody can tell the person.
pub fn object_name(secret: &str, person: &str) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes())
        .unwrap_or_else(|_| Hmac::<Sha256>::new(&Default::default()));
    mac.update(b"person/v1/");
    mac.update(person.as_bytes());
    URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes())
}

/// One person's object.
pub struct PersonClient {
    /// Its name.
    pub name: String,
    deadline_ms: u32,
}

impl PersonClient {
    /// The object of a person.
    ///
    /// # Errors
    /// [`Lost::NotConfigured`].
    pub fn of(config: &Config, person: &str) -> Result<PersonClient, Lost> {
        let name = object_name(secret(config).ok_or(Lost::NotConfigured)?, person);
        if !isolate::binding(BINDING).is_object() {
            return Err(Lost::NotConfigured);
        }
        Ok(PersonClient {
            name,
            deadline_ms: config.memory.deadline_ms,
        })
    }

    /// Makes a call.
    ///
    /// # Errors
    /// [`Lost`].
    pub async fn call<T: FromJson>(&self, call: &Call) -> Result<T, Lost> {
        json::read(&self.text(call).await?).ok_or(Lost::Broken)
    }

    /// Makes a call and gives its answer as it was written.
    ///
    /// # Errors
    /// [`Lost`].
    pub async fn text(&self, call: &Call) -> Result<String, Lost> {
        let text = self.answered(call).await?;
        match text.strip_prefix(REFUSED) {
            Some(refusal) => Err(json::read(refusal).map_or(Lost::Broken, Lost::Refused)),
            None => Ok(text),
        }
    }

    /// The object's answer within the deadline of such a call; the same for all kinds of answers, once in the Worker.
    async fn answered(&self, call: &Call) -> Result<String, Lost> {
        let deadline_ms = match call {
            Call::Open(_) | Call::Search(_) | Call::Reserve(_) | Call::SessionsSince => self.deadline_ms,
            Call::Flush => FLUSH_MS,
            _ => STORE_MS,
        };
        let answer = timeout_ms(u64::from(deadline_ms), self.send(call)).await;
        answer.unwrap_or(Err(Lost::Late))
    }

    async fn send(&self, call: &Call) -> Result<String, Lost> {
        let call = json::text(call);
        let answer = objects::tell(BINDING, &self.name, &call).await;
        answer.ok_or(Lost::Broken)
    }
}
