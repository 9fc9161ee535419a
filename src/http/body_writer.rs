//! A stream to the client that Rust makes itself: bytes are queued at once and written as fast as the client takes
//! them, what has gathered meanwhile in one write.
//!
//! Whoever queues never waits, so text is never held back behind sound; what a client that has stopped reading leaves
//! in the queue is bounded by [`QUEUED_BYTES_MAX`], beyond which it counts as gone.

use std::cell::Cell;
use std::rc::Rc;

use futures::StreamExt as _;
use futures::channel::mpsc;
use js_sys::{Promise, Reflect, Uint8Array};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{AbortSignal, ReadableStream};

#[wasm_bindgen(module = "/src/platform/body_writer.js")]
extern "C" {
    fn open() -> JsValue;
    #[wasm_bindgen(catch)]
    fn write(writer: &JsValue, bytes: &Uint8Array) -> Result<Promise, JsValue>;
    #[wasm_bindgen(catch)]
    fn close(writer: &JsValue) -> Result<Promise, JsValue>;
    fn abort(writer: &JsValue);

    type Watch;
    #[wasm_bindgen(constructor)]
    fn new(signal: &AbortSignal) -> Watch;
    #[wasm_bindgen(method, getter)]
    fn left(this: &Watch) -> Promise;
    #[wasm_bindgen(method)]
    fn stop(this: &Watch);
}

/// Some minutes of uncompressed speech.
const QUEUED_BYTES_MAX: usize = 16 * 1024 * 1024;

/// The client is not there any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Gone;

/// Where bytes for the client are queued.
#[derive(Clone)]
pub struct Outlet {
    queue: mpsc::UnboundedSender<Vec<u8>>,
    queued_bytes: Rc<Cell<usize>>,
}

impl Outlet {
    /// Queues bytes.
    pub fn send(&self, bytes: Vec<u8>) {
        self.queued_bytes
            .set(self.queued_bytes.get().saturating_add(bytes.len()));
        // It fails only once the pump is gone, and then nobody reads.
        let _ = self.queue.unbounded_send(bytes);
    }
}

/// Writes what is queued.
pub struct Pump {
    queue: mpsc::UnboundedReceiver<Vec<u8>>,
    queued_bytes: Rc<Cell<usize>>,
    writer: JsValue,
    has_ended: bool,
}

/// A stream for the client, where to queue its bytes, and what writes them; `None` only on a platform without
/// identity streams.
pub fn outlet() -> Option<(ReadableStream, Outlet, Pump)> {
    let pair = open();
    let get = |name: &str| Reflect::get(&pair, &name.into()).ok();
    let (sender, queue) = mpsc::unbounded();
    let queued_bytes = Rc::<Cell<usize>>::default();
    let outlet = Outlet {
        queue: sender,
        queued_bytes: queued_bytes.clone(),
    };
    let pump = Pump {
        queue,
        queued_bytes,
        writer: get("writer")?,
        has_ended: false,
    };
    Some((get("readable")?.dyn_into().ok()?, outlet, pump))
}

impl Pump {
    /// Writes until every [`Outlet`] has been dropped and all is written.
    ///
    /// # Errors
    /// [`Gone`].
    pub async fn run(&mut self) -> Result<(), Gone> {
        while let Some(mut bytes) = self.queue.next().await {
            while let Ok(more) = self.queue.try_recv() {
                bytes.extend(more);
            }
            if self.queued_bytes.get() > QUEUED_BYTES_MAX {
                return Err(Gone);
            }
            self.write(&bytes).await?;
            let rest = self.queued_bytes.get().saturating_sub(bytes.len());
            self.queued_bytes.set(rest);
        }
        Ok(())
    }

    /// Writes bytes, and waits until the client has taken them.
    ///
    /// # Errors
    /// [`Gone`].
    pub async fn write(&mut self, bytes: &[u8]) -> Result<(), Gone> {
        let written = write(&self.writer, &Uint8Array::from(bytes)).map_err(|_| Gone)?;
        JsFuture::from(written).await.map(|_| ()).map_err(|_| Gone)
    }

    /// Ends the client's stream: cleanly, or broken off so that it cannot pass for the whole.
    pub async fn end(mut self, is_whole: bool) {
        if is_whole && let Ok(closed) = close(&self.writer) {
            self.has_ended = true;
            let _ = JsFuture::from(closed).await;
        }
    }
}

impl Drop for Pump {
    fn drop(&mut self) {
        // A write that nobody takes any more would stay open, and with it what waited for it.
        if !self.has_ended {
            abort(&self.writer);
        }
    }
}

/// Resolves when the client has left.
pub async fn client_left(signal: &AbortSignal) {
    let watch = Watching(Watch::new(signal));
    let _ = JsFuture::from(watch.0.left()).await;
}

/// Stops watching when nobody waits any more.
struct Watching(Watch);

impl Drop for Watching {
    fn drop(&mut self) {
        self.0.stop();
    }
}
