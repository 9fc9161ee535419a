//! A small cache of an isolate, in front of a shared one: least recently used out first, bounded by entries and by bytes.
//!
//! Pure; time is an argument. A sorted list, and eviction scans it: quicker than what is linked for the few hundred it holds.

/// Bounds of an [`Lru`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
    /// Most entries.
    pub entries_max: usize,
    /// Most bytes, keys included.
    pub bytes_max: usize,
    /// Life of an entry in milliseconds.
    pub ttl_ms: u64,
}

impl Default for Bounds {
    fn default() -> Bounds {
        Bounds {
            entries_max: 256,
            bytes_max: 1 << 20,
            ttl_ms: 300_000,
        }
    }
}

#[derive(Debug)]
struct Slot<V> {
    value: V,
    used: u64,
    expires_at_ms: u64,
}

/// The cache. What it holds shows its bytes, so that they can be counted.
#[derive(Debug)]
pub struct Lru<V> {
    bounds: Bounds,
    /// Sorted by key.
    slots: Vec<(String, Slot<V>)>,
    bytes: usize,
    clock: u64,
    evictions: u64,
}

impl<V: AsRef<[u8]>> Lru<V> {
    /// Empty.
    pub fn new(bounds: Bounds) -> Lru<V> {
        Lru {
            bounds,
            slots: Vec::new(),
            bytes: 0,
            clock: 0,
            evictions: 0,
        }
    }

    /// What is stored under `key`, if it still lives.
    pub fn get(&mut self, key: &str, now_ms: u64) -> Option<&V> {
        let at = self.place(key).ok()?;
        if self.slots.get(at)?.1.expires_at_ms <= now_ms {
            self.take(at);
            return None;
        }
        self.clock += 1;
        let (_, slot) = self.slots.get_mut(at)?;
        slot.used = self.clock;
        Some(&slot.value)
    }

    /// Stores a value; one larger than the whole cache is not. How many others had to go.
    pub fn put(&mut self, key: &str, value: V, now_ms: u64) -> u64 {
        let before = self.evictions;
        self.remove(key);
        let size = key.len() + value.as_ref().len();
        if size > self.bounds.bytes_max || self.bounds.entries_max == 0 {
            return 0;
        }
        while self.slots.len() >= self.bounds.entries_max || self.bytes + size > self.bounds.bytes_max {
            let slots = self.slots.iter().enumerate();
            let oldest = slots.min_by_key(|(_, (_, slot))| slot.used);
            let Some((at, _)) = oldest else { break };
            self.take(at);
            self.evictions += 1;
        }
        self.clock += 1;
        self.bytes += size;
        let expires_at_ms = now_ms.saturating_add(self.bounds.ttl_ms);
        let slot = Slot {
            value,
            used: self.clock,
            expires_at_ms,
        };
        let (Ok(at) | Err(at)) = self.place(key);
        self.slots.insert(at, (key.to_owned(), slot));
        self.evictions - before
    }

    /// Entries now.
    pub fn len(&self) -> usize {
        self.slots.len()
    }

    /// True if there are none.
    pub fn is_empty(&self) -> bool {
        self.slots.is_empty()
    }

    /// Bytes now, keys included.
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// Entries pushed out so far.
    pub fn evictions(&self) -> u64 {
        self.evictions
    }

    /// Takes an entry out.
    pub fn remove(&mut self, key: &str) {
        if let Ok(at) = self.place(key) {
            self.take(at);
        }
    }

    fn place(&self, key: &str) -> Result<usize, usize> {
        self.slots.binary_search_by(|(one, _)| one.as_str().cmp(key))
    }

    fn take(&mut self, at: usize) {
        let (key, slot) = self.slots.remove(at);
        self.bytes = self.bytes.saturating_sub(key.len() + slot.value.as_ref().len());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BOUNDS: Bounds = Bounds {
        entries_max: 3,
        bytes_max: 100,
        ttl_ms: 10,
    };

    #[test]
    fn the_least_recently_used_goes_first() {
        let mut lru = Lru::new(BOUNDS);
        for key in ["a", "b", "c"] {
            lru.put(key, vec![1], 0);
        }
        lru.get("a", 1);
        lru.put("d", vec![1], 1);
        assert!(lru.get("b", 1).is_none() && lru.get("a", 1).is_some() && lru.get("d", 1).is_some());
        assert_eq!((lru.len(), lru.evictions()), (3, 1));
    }

    #[test]
    fn bytes_are_bounded_and_counted_back() {
        let mut lru = Lru::new(BOUNDS);
        lru.put("a", vec![0; 60], 0);
        lru.put("b", vec![0; 60], 0);
        assert_eq!((lru.len(), lru.bytes()), (1, 61));
        lru.put("c", vec![0; 200], 0);
        lru.put("b", vec![0; 10], 0);
        assert_eq!((lru.len(), lru.bytes()), (1, 11));
    }

    #[test]
    fn entries_end_with_their_life() {
        let mut lru = Lru::new(BOUNDS);
        lru.put("a", vec![1], 0);
        assert!(lru.get("a", 9).is_some() && lru.get("a", 10).is_none());
        assert!(lru.is_empty() && lru.bytes() == 0);
    }
}
