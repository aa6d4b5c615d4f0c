//! Discovery of personal data: how well it finds, and that it keeps to itself what it found.

mod canaries;
mod figures;
mod generated;
mod kept;
mod named;
mod presidio;
mod score;
mod sources;
mod unlike;
