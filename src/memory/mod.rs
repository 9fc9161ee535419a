//! What is remembered: pure rules beside the person object and its caches.
