//! Discovery of personal data: how well it finds, and that it keeps to itself what it found.

mod presidio;
mod score;
